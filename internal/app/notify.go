package app

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"time"

	"playhead/internal/incident"
	"playhead/internal/incident/email"
	"playhead/internal/incident/pagerduty"
	"playhead/internal/incident/slack"
	"playhead/internal/incident/webhook"
	"playhead/internal/meta"
	"playhead/internal/outbound"
)

// validateNotifying checks the settings of notifications.
func (c *Config) validateNotifying() error {
	for _, setting := range []struct{ name, value string }{{"public-url", c.PublicURL}, {"ingest-url", c.IngestURL}, {"pagerduty-url", c.PagerDutyURL}} {
		u, err := url.Parse(setting.value)
		if setting.value != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "") {
			return fmt.Errorf("%s is %q: want a URL as https://playhead.example.com", setting.name, setting.value)
		}
	}
	if _, err := prefixOf(c.PublicURL); err != nil {
		return err
	}
	_, err := email.New(c.email())
	return err
}

// email is the settings of e-mails.
func (c *Config) email() email.Config {
	return email.Config{
		Address: c.SMTPAddress, From: c.SMTPFrom, Username: c.SMTPUsername, Password: c.SMTPPassword, Security: c.SMTPTLS, Clock: time.Now,
	}
}

// startNotifier begins to send what waits in the records.
func (a *App) startNotifier(context.Context) error {
	client := outbound.New(outbound.Config{Networks: a.cfg.NotifyNetworks})
	mails, err := email.New(a.cfg.email())
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "Playhead"
	}
	a.notifier, err = incident.NewNotifier(incident.NotifierConfig{
		Outbox: a.records, Channels: a.records,
		Senders: map[string]incident.Sender{
			meta.Webhook: webhook.New(client, time.Now), meta.Slack: slack.New(client), meta.Email: mails,
			meta.PagerDuty: pagerduty.New(client, cmp.Or(a.cfg.PagerDutyURL, pagerduty.DefaultURL), cmp.Or(a.cfg.PublicURL, host)),
		},
		PublicURL: a.cfg.PublicURL, Clock: time.Now, Logger: a.log, Registerer: a.registry,
	})
	if err != nil {
		return err
	}
	a.notifier.Start()
	a.onStop("notifications", a.notifier.Stop)
	return nil
}
