package incident_test

import (
	"errors"
	"strings"
	"testing"

	"playhead/internal/fault"
	"playhead/internal/incident"
	"playhead/internal/meta"
)

func TestCheckChannel(t *testing.T) {
	channel := func(kind, target string) meta.Channel {
		return meta.Channel{Name: "On call", Kind: kind, Subscription: meta.All, Target: target}
	}
	with := func(change func(*meta.Channel)) meta.Channel {
		c := channel(meta.Webhook, "https://example.com/hook")
		change(&c)
		return c
	}
	many := strings.Repeat("a@example.com,", 20)
	for _, test := range []struct {
		channel meta.Channel
		param   string // "": it is right
	}{
		{channel(meta.Webhook, "https://example.com/hook"), ""},
		{channel(meta.Webhook, "http://10.0.0.7:8080/hook?key=a%20b"), ""},
		{channel(meta.Webhook, "https://user:word@[2001:db8::1]:8443/"), ""},
		{channel(meta.Webhook, "https://example.com/"+strings.Repeat("a", 2048-20)), ""},
		{channel(meta.Webhook, "https://example.com/"+strings.Repeat("a", 2048-19)), "target"},
		{channel(meta.Webhook, ""), "target"},
		{channel(meta.Webhook, "example.com/hook"), "target"},
		{channel(meta.Webhook, "ftp://example.com/hook"), "target"},
		{channel(meta.Webhook, "file:///etc/passwd"), "target"},
		{channel(meta.Webhook, "https:example.com"), "target"},
		{channel(meta.Webhook, "https:///hook"), "target"},
		{channel(meta.Webhook, "https://example.com:0/"), "target"},
		{channel(meta.Webhook, "https://example.com:65536/"), "target"},
		{channel(meta.Webhook, "https://example.com/#here"), "target"},
		{channel(meta.Webhook, "https://example.com/#"), "target"},
		{channel(meta.Webhook, "https://example.com/a b"), "target"},
		{channel(meta.Webhook, "https://example.com/a\r\nX: y"), "target"},
		{channel(meta.Webhook, "https://exämple.com/"), "target"},
		{channel(meta.Slack, "https://hooks.slack.com/services/T0/B0/abc"), ""},
		{channel(meta.Slack, "https://hooks.slack.com/…9abc"), "target"}, // as it is shown
		{channel(meta.Email, "ann@example.com"), ""},
		{channel(meta.Email, "ann@example.com, bob+alerts@example.org ,"), ""},
		{channel(meta.Email, ""), "target"},
		{channel(meta.Email, " , "), "target"},
		{channel(meta.Email, "Ann <ann@example.com>"), "target"},
		{channel(meta.Email, "ann"), "target"},
		{channel(meta.Email, "ann@example.com\r\nBcc: all@example.com"), "target"},
		{channel(meta.Email, "änn@example.com"), "target"},
		{channel(meta.Email, "ann@example.com,ann@example.com"), "target"},
		{channel(meta.Email, strings.Repeat("a", 254-12)+"@example.com"), ""},
		{channel(meta.Email, strings.Repeat("a", 255-12)+"@example.com"), "target"},
		{channel(meta.Email, many+"b@example.com"), "target"},
		{channel(meta.PagerDuty, "0123456789abcdefABCDEF0123456789"), ""},
		{channel(meta.PagerDuty, "0123456789abcdefABCDEF012345678"), "target"},
		{channel(meta.PagerDuty, "0123456789abcdefABCDEF012345678-"), "target"},
		{channel(meta.PagerDuty, "0123456789abcdefABCDEF01234567é"), "target"},
		{channel("sms", "1"), "kind"},
		{channel("", "1"), "kind"},
		{with(func(c *meta.Channel) { c.Subscription = meta.Anomalies }), ""},
		{with(func(c *meta.Channel) { c.Subscription = meta.Thresholds }), ""},
		{with(func(c *meta.Channel) { c.Subscription = "" }), "subscription"},
		{with(func(c *meta.Channel) { c.Subscription = "warnings" }), "subscription"},
	} {
		err := incident.CheckChannel(test.channel)
		f, _ := errors.AsType[*fault.Error](err)
		switch {
		case test.param == "" && err != nil:
			t.Errorf("%+v: error %v; want none", test.channel, err)
		case test.param != "" && (f == nil || f.Code != fault.Invalid || f.Param != test.param):
			t.Errorf("%+v: error %v; want one about %s", test.channel, err, test.param)
		}
	}
}

func TestMaskTarget(t *testing.T) {
	for _, test := range []struct{ kind, target, want string }{
		{meta.Webhook, "https://example.com/hooks/a%2Fb", "https://example.com/hooks/a%2Fb"},
		{meta.Webhook, "https://user:word@example.com:8443/hook?key=secret", "https://…@example.com:8443/hook?…"},
		{meta.Slack, "https://hooks.slack.com/services/T000/B000/XXXXXXXXXXXXabcd", "https://hooks.slack.com/…abcd"},
		{meta.Slack, "https://chat.example.com/h/abcdef", "https://chat.example.com/…"},
		{meta.PagerDuty, "0123456789abcdef0123456789abcdef", "…cdef"},
		{meta.Email, "ann@example.com,bob@example.com", "ann@example.com,bob@example.com"},
		{meta.Webhook, "%", "…"},
	} {
		if got := incident.MaskTarget(meta.Channel{Kind: test.kind, Target: test.target}); got != test.want {
			t.Errorf("%s %s is shown as %s; want %s", test.kind, test.target, got, test.want)
		}
	}
}
