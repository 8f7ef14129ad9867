package incident

import (
	"net/mail"
	"net/url"
	"strings"
	"unicode"

	"playhead/internal/fault"
	"playhead/internal/meta"
)

// What a channel may have.
const (
	mostAddresses = 20  // of e-mail in one channel
	mostAddress   = 254 // bytes (RFC 5321, 4.5.3.1.3, without the angle brackets)
	routingKey    = 32  // letters and digits of a key of PagerDuty
)

// CheckChannel checks what people wrote of a channel, but its name, which the
// records check. An error is a fault that
// names the member as the API calls it and does not repeat a secret. Whether a
// target can be reached is for [Notifier.Check] and the test of the channel.
func CheckChannel(c meta.Channel) error {
	switch c.Subscription {
	case meta.Anomalies, meta.Thresholds, meta.All:
	default:
		return fault.Badf("subscription", "%s is none: want %s, %s or %s", fault.Quote(c.Subscription), meta.Anomalies, meta.Thresholds, meta.All)
	}
	switch c.Kind {
	case meta.Webhook, meta.Slack:
		return meta.CheckURL("target", c.Target)
	case meta.Email:
		return checkAddresses(c.Target)
	case meta.PagerDuty:
		if len(c.Target) != routingKey || strings.ContainsFunc(c.Target, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			return fault.Badf("target", "want an integration key of the Events API v2: %d letters and digits", routingKey)
		}
		return nil
	default:
		return fault.Badf("kind", "%s is none: want %s, %s, %s or %s", fault.Quote(c.Kind), meta.Webhook, meta.Slack, meta.Email, meta.PagerDuty)
	}
}

// unprintable reports whether a character does not belong in a name or address.
func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// checkAddresses checks addresses of e-mail.
func checkAddresses(target string) error {
	list := Addresses(target)
	if len(list) < 1 || len(list) > mostAddresses {
		return fault.Badf("target", "there are %d addresses: want 1 to %d, separated by commas", len(list), mostAddresses)
	}
	seen := map[string]bool{}
	for _, text := range list {
		a, err := mail.ParseAddress(text)
		if err != nil || a.Address != text || len(text) > mostAddress || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return fault.Badf("target", "%s is no address of e-mail: want one as name@example.com, of ASCII characters, without a name before it", fault.Quote(text))
		}
		if seen[text] {
			return fault.Badf("target", "%s is there twice", fault.Quote(text))
		}
		seen[text] = true
	}
	return nil
}

// Addresses are the addresses of e-mail in the target of a channel.
func Addresses(target string) (list []string) {
	for text := range strings.SplitSeq(target, ",") {
		if text = strings.TrimSpace(text); text != "" {
			list = append(list, text)
		}
	}
	return list
}

// MaskTarget is the target of a channel as it may be shown: without what makes
// that whoever reads it can send to it too.
func MaskTarget(c meta.Channel) string {
	switch c.Kind {
	case meta.Email:
		return c.Target
	case meta.PagerDuty:
		return "…" + ending(c.Target)
	case meta.Webhook:
		return meta.MaskURL(c.Target)
	}
	u, err := url.Parse(c.Target)
	if err != nil || u.Host == "" {
		return "…"
	}
	masked := u.Scheme + "://"
	if u.User != nil {
		masked += "…@"
	}
	return masked + u.Host + "/…" + ending(u.Path)
}

// ending is what is shown of a secret, to tell it from others.
func ending(secret string) string {
	const shown = 4
	if len(secret) < 4*shown { // it would be too much of it
		return ""
	}
	return secret[len(secret)-shown:]
}
