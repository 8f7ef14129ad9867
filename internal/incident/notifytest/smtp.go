package notifytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Mailbox is a real SMTP server, which keeps what it is sent. Its exported members
// but Address may be changed while nobody sends.
type Mailbox struct {
	Address string
	Roots   *x509.CertPool // that its certificate is checked with

	Refuse map[string]*smtp.SMTPError // answers to recipients
	Broken *smtp.SMTPError            // answer to all data
	Login  [2]string                  // name and password; "" wants none

	mu       sync.Mutex
	messages []Mail
	sessions int
}

// Mail is a message that has come.
type Mail struct {
	From, To string
	Text     []byte
	Secure   bool // it came encrypted
}

// NewMailbox starts a server that offers STARTTLS; with implicit, it is encrypted
// from the beginning, and without offered not at all.
func NewMailbox(t testing.TB, offered, implicit bool) *Mailbox {
	t.Helper()
	s := &Mailbox{Refuse: map[string]*smtp.SMTPError{}}
	config := s.certificate(t)
	inner := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.sessions++
		return &session{Mailbox: s, conn: c, known: s.Login[0] == ""}, nil
	}))
	inner.Domain = "localhost"
	inner.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	if offered {
		inner.TLSConfig = config
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Address = listener.Addr().String()
	if implicit {
		listener = tls.NewListener(listener, config)
	}
	served := make(chan error, 1)
	go func() { served <- inner.Serve(listener) }()
	t.Cleanup(func() {
		inner.Close()
		if err := <-served; err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Errorf("server: %v", err)
		}
	})
	return s
}

// certificate makes a certificate for this machine, which signs itself.
func (s *Mailbox) certificate(t testing.TB) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	s.Roots = x509.NewCertPool()
	s.Roots.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}}
}

// Messages are those that have come.
func (s *Mailbox) Messages() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail{}, s.messages...)
}

// Sessions is how many clients have begun to speak; STARTTLS begins anew.
func (s *Mailbox) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

// session is what one client says.
type session struct {
	*Mailbox
	conn     *smtp.Conn
	known    bool
	from, to string
}

// AuthMechanisms implements smtp.AuthSession.
func (s *session) AuthMechanisms() []string {
	if s.Login[0] == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth implements smtp.AuthSession.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, name, password string) error {
		if name != s.Login[0] || password != s.Login[1] {
			return errors.New("no")
		}
		s.known = true
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if refusal := s.Refuse[to]; refusal != nil {
		return refusal
	}
	s.to = to
	return nil
}

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Broken != nil {
		return s.Broken
	}
	_, secure := s.conn.TLSConnectionState()
	s.messages = append(s.messages, Mail{s.from, s.to, text, secure})
	return nil
}

// Reset implements smtp.Session.
func (s *session) Reset() { s.from, s.to = "", "" }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }
