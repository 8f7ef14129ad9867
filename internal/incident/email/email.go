// Package email tells people of incidents by e-mail, through the SMTP server that
// the operator has set.
package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"playhead/internal/fault"
	"playhead/internal/incident"
	"playhead/internal/meta"
)

// How the connection to the server is encrypted.
const (
	StartTLS = "starttls" // it must be, after a word in the clear: usually port 587 or 25
	TLS      = "tls"      // from the beginning: usually port 465
	NoTLS    = "none"     // it is not: for a server on the same machine
)

// timeout is for each of the steps of a delivery; the whole ends with its context.
const timeout = 10 * time.Second

// Config is the operator's settings.
type Config struct {
	Address            string // HOST:PORT of the server; "": there is none, and nothing is sent
	From               string // address of the sender, as alerts@example.com or Playhead <alerts@example.com>
	Username, Password string // "": the server asks for none
	Security           string // StartTLS, TLS or NoTLS
	RootCAs            *x509.CertPool
	Clock              func() time.Time
}

// Sender sends e-mails. It may be used by several goroutines at once.
type Sender struct {
	cfg  Config
	host string
	port int
	from *netmail.Address
	done accepted
}

// New checks the settings. An error names the one that is wrong as the operator
// knows it.
func New(c Config) (*Sender, error) {
	s := &Sender{cfg: c}
	if c.Address == "" {
		return s, nil
	}
	host, port, err := net.SplitHostPort(c.Address)
	if err == nil {
		s.port, err = strconv.Atoi(port)
	}
	if s.host = host; err != nil || host == "" || s.port < 1 || s.port > 65535 {
		return nil, fmt.Errorf("smtp-address is %q: want HOST:PORT", c.Address)
	}
	if s.from, err = netmail.ParseAddress(c.From); err != nil {
		return nil, fmt.Errorf("smtp-from is %q: want the address that e-mails come from, as Playhead <alerts@example.com>", c.From)
	}
	switch {
	case !slices.Contains([]string{StartTLS, TLS, NoTLS}, c.Security):
		return nil, fmt.Errorf("smtp-tls is %q: want %s, %s or %s", c.Security, StartTLS, TLS, NoTLS)
	case (c.Username == "") != (c.Password == ""):
		return nil, errors.New("smtp-username and smtp-password: want both or none")
	case c.Username != "" && c.Security == NoTLS:
		return nil, fmt.Errorf("smtp-tls is %s: want %s or %s with a password, which would be sent in the clear", NoTLS, StartTLS, TLS)
	}
	return s, nil
}

// Check implements incident.Sender.
func (s *Sender) Check(meta.Channel) error {
	if s.cfg.Address == "" {
		return fault.Badf("kind", "the server has no way to send e-mail: its operator has to set smtp-address")
	}
	return nil
}

// Send implements incident.Sender. Each address gets a message of its own, so that
// one that is refused does not keep the others from theirs, and an attempt that
// follows a partial failure leaves out those that have been accepted.
func (s *Sender) Send(ctx context.Context, c meta.Channel, m incident.Message) (int, error) {
	if s.cfg.Address == "" {
		return 0, errors.New("the server has no way to send e-mail: its operator has to set smtp-address")
	}
	all := incident.Addresses(c.Target)
	waiting := s.done.without(m.ID, all)
	if len(waiting) == 0 { // all were accepted before, but that could not be kept
		return 250, nil
	}
	status, refusals, err := s.deliver(ctx, m, waiting)
	if err != nil {
		return status, err
	}
	if len(refusals) == 0 {
		s.done.forget(m.ID)
		return 250, nil
	}
	return s.refused(m, refusals, len(all))
}

// refused is what comes of a delivery in which addresses were refused: it is tried
// again if the server said of one of them that it should be.
func (s *Sender) refused(m incident.Message, refusals []refusal, of int) (int, error) {
	var texts []string
	worst := refusals[0]
	for _, r := range refusals {
		texts = append(texts, r.address+": "+r.text)
		if !r.permanent && worst.permanent {
			worst = r
		}
	}
	err := fmt.Errorf("%d of %d addresses refused: %s", len(refusals), of, strings.Join(texts, "; "))
	if worst.permanent {
		s.done.forget(m.ID)
	}
	return worst.status, &incident.Failure{Err: err, Permanent: worst.permanent}
}

// refusal is what the server said of an address that it did not take a message for.
type refusal struct {
	address   string
	status    int
	text      string
	permanent bool
}

// deliver hands messages to the server over one connection. An error means that
// the server could not be spoken to.
func (s *Sender) deliver(ctx context.Context, m incident.Message, addresses []string) (status int, refusals []refusal, err error) {
	client, hangUp, err := s.connect(ctx)
	defer hangUp()
	if err != nil {
		return statusOf(err), nil, s.unreachable(ctx, err)
	}
	for _, address := range addresses {
		message, err := s.newMessage(m, address)
		if err != nil {
			return 0, nil, &incident.Failure{Err: err, Permanent: true}
		}
		err = client.Send(message)
		if message.IsDelivered() { // whatever the server said afterwards
			s.done.add(m.ID, address)
			continue
		}
		var said *mail.SendError
		if !errors.As(err, &said) || said.ErrorCode() == 0 {
			return 0, nil, s.unreachable(ctx, err)
		}
		refusals = append(refusals, refusal{address, said.ErrorCode(), reply(err, s.cfg.Password), said.ErrorCode()/100 == 5})
	}
	_ = client.Close() // says goodbye: the server has them already
	return 250, refusals, nil
}

// connect speaks to the server until it takes messages. The connection has to be
// ended whether there is an error or not.
func (s *Sender) connect(ctx context.Context) (client *mail.Client, hangUp func(), err error) {
	var closers []func() bool
	hangUp = func() {
		for _, f := range closers {
			f()
		}
	}
	encryption := &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, RootCAs: s.cfg.RootCAs}
	dial := func(ctx2 context.Context, network, address string) (conn net.Conn, err error) {
		dialer := &net.Dialer{Timeout: timeout}
		if s.cfg.Security == TLS {
			conn, err = (&tls.Dialer{NetDialer: dialer, Config: encryption}).DialContext(ctx2, network, address)
		} else {
			conn, err = dialer.DialContext(ctx2, network, address)
		}
		if err == nil {
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			closers = append(closers, stop, func() bool { return conn.Close() == nil })
		}
		return conn, err
	}
	options := []mail.Option{
		mail.WithPort(s.port), mail.WithTimeout(timeout), mail.WithTLSConfig(encryption), mail.WithDialContextFunc(dial), mail.WithoutNoop(),
		mail.WithTLSPolicy(map[string]mail.TLSPolicy{
			StartTLS: mail.TLSMandatory, NoTLS: mail.NoTLS,
			TLS: mail.TLSOpportunistic, // it is encrypted already, and such servers offer no STARTTLS
		}[s.cfg.Security]),
	}
	if s.cfg.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.cfg.Username), mail.WithPassword(s.cfg.Password))
	}
	client, err = mail.NewClient(s.host, options...)
	if err != nil {
		return nil, hangUp, err
	}
	return client, hangUp, client.DialWithContext(ctx)
}

// unreachable is why the server could not be spoken to. It is the operator's
// server, so its answers may be told, but not its address.
func (s *Sender) unreachable(ctx context.Context, err error) error {
	var (
		late net.Error
		op   *net.OpError
		cert *tls.CertificateVerificationError
	)
	switch {
	case ctx.Err() != nil, errors.As(err, &late) && late.Timeout():
		return errors.New("the SMTP server did not answer in time")
	case errors.As(err, &cert):
		return errors.New("the certificate of the SMTP server is not accepted")
	case errors.As(err, &op):
		return errors.New("the SMTP server cannot be reached")
	default:
		return fmt.Errorf("the SMTP server does not take messages: %s", reply(err, s.cfg.Password))
	}
}
