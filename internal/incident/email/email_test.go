package email_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
	"playhead/internal/incident"
	"playhead/internal/incident/email"
	"playhead/internal/incident/notifytest"
	"playhead/internal/meta"
)

func newSender(t *testing.T, s *notifytest.Mailbox, security string, change func(*email.Config)) *email.Sender {
	t.Helper()
	c := email.Config{
		Address: s.Address, From: "Playhead <alerts@playhead.example.com>", Security: security, RootCAs: s.Roots,
		Clock: func() time.Time { return time.Date(2020, 12, 31, 9, 26, 19, 0, time.UTC) },
	}
	if change != nil {
		change(&c)
	}
	sender, err := email.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func channel(addresses string) meta.Channel {
	return meta.Channel{ID: "channel", Kind: meta.Email, Target: addresses}
}

// TestSend has messages go over each kind of connection, and reads them again.
func TestSend(t *testing.T) {
	for _, test := range []struct {
		security          string
		offered, implicit bool
		secure            bool
		sessions          int // STARTTLS begins another one
	}{
		{email.StartTLS, true, false, true, 2},
		{email.TLS, false, true, true, 1},
		{email.NoTLS, false, false, false, 1},
	} {
		t.Run(test.security, func(t *testing.T) {
			server := notifytest.NewMailbox(t, test.offered, test.implicit)
			sender := newSender(t, server, test.security, func(c *email.Config) {
				if test.secure {
					server.Login = [2]string{"playhead", "pass word"}
					c.Username, c.Password = "playhead", "pass word"
				}
			})
			m := notifytest.Message(meta.Opened)
			if status, err := sender.Send(t.Context(), channel("ann@example.com, bob@example.org"), m); status != 250 || err != nil {
				t.Fatalf("status %d, error %v; want 250", status, err)
			}
			got := server.Messages()
			if len(got) != 2 || got[0].To != "ann@example.com" || got[1].To != "bob@example.org" || got[0].From != "alerts@playhead.example.com" || server.Sessions() != test.sessions {
				t.Fatalf("%d messages in %d sessions, from %s to %s; want one to each, in %d", len(got), server.Sessions(), got[0].From, got[0].To, test.sessions)
			}
			if got[0].Secure != test.secure {
				t.Errorf("encrypted: %t; want %t", got[0].Secure, test.secure)
			}
			checkMessage(t, got[0].Text, m)
		})
	}
}

// checkMessage reads the message of the opening as a mail program does.
func checkMessage(t *testing.T, text []byte, m incident.Message) {
	t.Helper()
	message, err := mail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	headers := map[string]string{"Subject": subject}
	for _, name := range []string{"From", "To", "Date", "Message-Id", "In-Reply-To", "Auto-Submitted", "X-Auto-Response-Suppress"} {
		headers[name] = message.Header.Get(name)
	}
	want := map[string]string{
		"Subject": `[Production] Alert: error rate of video_title=Cats & <!channel> "dogs" is 97% (threshold 96%): cdn=akamai and country=DE`,
		"From":    `"Playhead" <alerts@playhead.example.com>`, "To": "<ann@example.com>", "Date": "Thu, 31 Dec 2020 09:26:19 +0000",
		"Message-Id": "<" + m.ID + "@playhead.example.com>", "In-Reply-To": "", "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
	}
	if diff := cmp.Diff(want, headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	parts := readParts(t, message)
	notifytest.Golden(t, "opened.txt", []byte(parts["text/plain"]))
	notifytest.Golden(t, "opened.html", []byte(parts["text/html"]))
}

// readParts are the texts of a message by their type.
func readParts(t *testing.T, message *mail.Message) map[string]string {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("the message is %s (%v); want multipart/alternative", kind, err)
	}
	parts := map[string]string{}
	for reader := multipart.NewReader(message.Body, parameters["boundary"]); ; {
		part, err := reader.NextPart() // decodes quoted-printable
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		parts[kind] = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
}

// TestThread: what follows the opening refers to it, and what comes twice has one
// Message-ID.
func TestThread(t *testing.T) {
	server := notifytest.NewMailbox(t, true, false)
	sender := newSender(t, server, email.StartTLS, nil)
	for _, event := range []meta.Event{meta.Opened, meta.Opened, meta.Closed, meta.Tested} {
		if _, err := sender.Send(t.Context(), channel("ann@example.com"), notifytest.Message(event)); err != nil {
			t.Fatal(err)
		}
	}
	var ids, replies []string
	for _, r := range server.Messages() {
		message, err := mail.ReadMessage(bytes.NewReader(r.Text))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, message.Header.Get("Message-Id"))
		replies = append(replies, message.Header.Get("In-Reply-To")+message.Header.Get("References"))
	}
	if ids[0] != ids[1] || ids[2] == ids[0] || ids[3] == ids[0] || ids[3] == ids[2] {
		t.Errorf("ids %v; want the first two the same", ids)
	}
	if diff := cmp.Diff([]string{"", "", ids[0] + ids[0], ""}, replies); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
}

// TestRefused: an address that is refused does not keep the others from their
// message, and they do not get it again at the next attempt.
func TestRefused(t *testing.T) {
	greylisted := &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Try later"}
	unknown := &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user"}
	server := notifytest.NewMailbox(t, true, false)
	sender := newSender(t, server, email.StartTLS, nil)
	c, m := channel("none@example.com,ann@example.com,bob@example.com"), notifytest.Message(meta.Opened)

	server.Refuse["none@example.com"], server.Refuse["bob@example.com"] = unknown, greylisted
	status, err := sender.Send(t.Context(), c, m)
	var f *incident.Failure
	if !errors.As(err, &f) || f.Permanent || status != 451 {
		t.Errorf("status %d, error %+v; want 451, to be tried again", status, err)
	}
	for _, want := range []string{"2 of 3 addresses refused: none@example.com: ", "550 5.1.1 No such user", "bob@example.com: ", "451 4.7.1 Try later"} {
		if err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}

	delete(server.Refuse, "bob@example.com")
	status, err = sender.Send(t.Context(), c, m)
	if !errors.As(err, &f) || !f.Permanent || status != 550 {
		t.Errorf("status %d, error %+v; want 550 for good", status, err)
	}
	var to []string
	for _, r := range server.Messages() {
		to = append(to, r.To)
	}
	if diff := cmp.Diff([]string{"ann@example.com", "bob@example.com"}, to); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}

	// When people have it sent again after that, all get it.
	delete(server.Refuse, "none@example.com")
	if status, err = sender.Send(t.Context(), c, m); err != nil || status != 250 || len(server.Messages()) != 5 {
		t.Errorf("status %d, error %v, %d messages; want 250 and 5", status, err, len(server.Messages()))
	}
}

func TestData(t *testing.T) {
	server := notifytest.NewMailbox(t, true, false)
	sender := newSender(t, server, email.StartTLS, nil)
	for code, permanent := range map[int]bool{452: false, 554: true} {
		server.Broken = &smtp.SMTPError{Code: code, Message: "No"}
		status, err := sender.Send(t.Context(), channel("ann@example.com"), notifytest.Message(meta.Opened))
		var f *incident.Failure
		if !errors.As(err, &f) || f.Permanent != permanent || status != code {
			t.Errorf("status %d, error %+v; want %d, permanent %t", status, err, code, permanent)
		}
	}
}

// TestUnreachable has servers that cannot be spoken to as the operator wants it.
// All of that is tried again, and no password is in an error.
func TestUnreachable(t *testing.T) {
	short := func(*email.Config) {}
	for name, test := range map[string]struct {
		server   func(t *testing.T) *notifytest.Mailbox
		security string
		change   func(*email.Config)
		want     string
	}{
		"no STARTTLS":     {func(t *testing.T) *notifytest.Mailbox { return notifytest.NewMailbox(t, false, false) }, email.StartTLS, short, "the SMTP server does not take messages: STARTTLS mode set to"},
		"other authority": {func(t *testing.T) *notifytest.Mailbox { return notifytest.NewMailbox(t, true, false) }, email.StartTLS, func(c *email.Config) { c.RootCAs = nil }, "the certificate of the SMTP server is not accepted"},
		"wrong password": {func(t *testing.T) *notifytest.Mailbox {
			s := notifytest.NewMailbox(t, true, false)
			s.Login = [2]string{"playhead", "right"}
			return s
		}, email.StartTLS, func(c *email.Config) { c.Username, c.Password = "playhead", "wrong" }, "the SMTP server does not take messages: 454 4.7.0 no"},
		"no login offered": {func(t *testing.T) *notifytest.Mailbox { return notifytest.NewMailbox(t, true, false) }, email.StartTLS, func(c *email.Config) { c.Username, c.Password = "playhead", "wrong" }, "the SMTP server does not take messages: server does not support SMTP AUTH"},
		"nobody there":     {func(*testing.T) *notifytest.Mailbox { return &notifytest.Mailbox{Address: "127.0.0.1:1"} }, email.StartTLS, short, "the SMTP server cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newSender(t, test.server(t), test.security, test.change).Send(t.Context(), channel("ann@example.com"), notifytest.Message(meta.Opened))
			if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "wrong") || strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("error %v; want %q…", err, test.want)
			}
			if f, ok := errors.AsType[*incident.Failure](err); ok && f.Permanent {
				t.Errorf("%v is permanent; want it tried again", err)
			}
		})
	}
}

// silent listens and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}

func TestSilent(t *testing.T) {
	sender := newSender(t, &notifytest.Mailbox{Address: silent(t)}, email.StartTLS, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := sender.Send(ctx, channel("ann@example.com"), notifytest.Message(meta.Opened))
	if err == nil || err.Error() != "the SMTP server did not answer in time" {
		t.Errorf("error %v; want that it did not answer in time", err)
	}
}

func TestSettings(t *testing.T) {
	good := email.Config{Address: "mail.example.com:587", From: "alerts@example.com", Security: email.StartTLS}
	for want, change := range map[string]func(*email.Config){
		"": func(*email.Config) {},
		`smtp-address is "mail.example.com": want HOST:PORT`:                                         func(c *email.Config) { c.Address = "mail.example.com" },
		`smtp-address is "mail.example.com:smtp": want HOST:PORT`:                                    func(c *email.Config) { c.Address = "mail.example.com:smtp" },
		`smtp-address is ":25": want HOST:PORT`:                                                      func(c *email.Config) { c.Address = ":25" },
		`smtp-from is "": want the address that e-mails come from, as Playhead <alerts@example.com>`: func(c *email.Config) { c.From = "" },
		`smtp-tls is "ssl": want starttls, tls or none`:                                              func(c *email.Config) { c.Security = "ssl" },
		"smtp-username and smtp-password: want both or none":                                         func(c *email.Config) { c.Username = "a" },
		"smtp-tls is none: want starttls or tls with a password, which would be sent in the clear":   func(c *email.Config) { c.Security, c.Username, c.Password = email.NoTLS, "a", "b" },
	} {
		c := good
		change(&c)
		if _, err := email.New(c); want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("error %v; want %q", err, want)
		}
	}
}

// TestNone: without a server, channels of e-mail are refused.
func TestNone(t *testing.T) {
	sender, err := email.New(email.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var f *fault.Error
	if err := sender.Check(channel("ann@example.com")); !errors.As(err, &f) || f.Param != "kind" {
		t.Errorf("check: %v; want an error about kind", err)
	}
	if _, err := sender.Send(t.Context(), channel("ann@example.com"), notifytest.Message(meta.Opened)); err == nil {
		t.Error("sent by no server")
	}
}
