package api

import (
	"context"
	"net/http"
	"strings"

	"playhead/internal/fault"
	"playhead/internal/meta"
)

// Sessions gives access to the sessions of browsers, which stand for tokens.
type Sessions interface {
	CreateSession(ctx context.Context, tokenID string) (secret string, err error)
	// Session finds the token that a session stands for, while both last.
	Session(secret string) (meta.Token, bool)
	// UseSession notes that a session is used.
	UseSession(ctx context.Context, secret string) error
	EndSession(ctx context.Context, secret string) error
}

// sessionRoutes sign browsers in and out. A page cannot keep a secret; a cookie
// that no script can read can.
var sessionRoutes = []route{
	{
		method: "PUT", pattern: "/session", name: "begin-session",
		doc:     "Sign a browser in: the cookie `playhead_session` then stands for the token, for 30 days, or until it is not used for 7, or the token ends.",
		open:    true,
		body:    func() any { return new(credentialsBody) },
		data:    whoamiData{},
		bare:    true,
		headers: []string{cookieHeader},
		answer:  (*server).beginSession,
	},
	{
		method: "DELETE", pattern: "/session", name: "end-session",
		doc:     "Sign a browser out. Without a session there is nothing to do, which is no failure.",
		open:    true,
		headers: []string{cookieHeader},
		answer:  (*server).endSession,
	},
}

const (
	// sessionCookie is the cookie that has a session's secret. It has no path of
	// its own: browsers then send it with all that is beside where it was set,
	// which is what is below the prefix of a proxy.
	sessionCookie = "playhead_session"
	cookieHeader  = "Set-Cookie"
)

// credentialsBody is a token to sign in with.
type credentialsBody struct {
	ID     string `json:"id" doc:"of the token"`
	Secret string `json:"secret" doc:"of the token"`
}

func (s *server) beginSession(c *call) (any, error) {
	b := c.body.(*credentialsBody)
	var err error
	var ok bool
	if c.token, ok = s.Records.Authenticate(b.ID, b.Secret); !ok {
		return nil, fault.New(fault.Unauthorized, "there is no such token, or it has ended")
	}
	if err := s.limiter.take(c.header, c.token.ID, s.Clock()); err != nil {
		return nil, err
	}
	if c.environment, err = s.environmentOf("token", c.token.ID, c.token.EnvironmentID); err != nil {
		return nil, err
	}
	if err := s.endSessions(c); err != nil {
		return nil, err
	}
	secret, err := s.Records.CreateSession(c, c.token.ID)
	if err != nil {
		return nil, err
	}
	setCookie(c, secret, int(meta.SessionLasts.Seconds()))
	return s.whoami(c)
}

func (s *server) endSession(c *call) (any, error) {
	if err := s.endSessions(c); err != nil {
		return nil, err
	}
	setCookie(c, "", -1)
	return nil, nil
}

// endSessions ends what the browser was signed in with.
func (s *server) endSessions(c *call) error {
	for _, cookie := range c.request.CookiesNamed(sessionCookie) {
		if err := s.Records.EndSession(c, cookie.Value); err != nil {
			return err
		}
	}
	return nil
}

func setCookie(c *call, value string, maxAge int) {
	cookie := &http.Cookie{
		Name: sessionCookie, Value: value, MaxAge: maxAge,
		HttpOnly: true, Secure: overTLS(c.request), SameSite: http.SameSiteStrictMode,
	}
	c.header.Set(cookieHeader, cookie.String())
}

// overTLS reports whether a browser reaches the server over TLS, maybe through a
// proxy: browsers tell where the page is from, which is the same server.
func overTLS(r *http.Request) bool {
	return r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") || strings.HasPrefix(r.Header.Get("Origin"), "https://")
}

// bySession finds the token that a cookie of the request stands for. Pages of
// other sites, by which browsers may be made to send a request with the cookie,
// cannot change anything.
func (s *server) bySession(r *http.Request) (meta.Token, error) {
	for _, cookie := range r.CookiesNamed(sessionCookie) { // another may be of a shorter prefix
		token, ok := s.Records.Session(cookie.Value)
		if !ok {
			continue
		}
		if err := s.sameOrigin(r); err != nil {
			return meta.Token{}, err
		}
		if err := s.Records.UseSession(r.Context(), cookie.Value); err != nil {
			s.Logger.Error("cannot note that a session is used", "err", err)
		}
		return token, nil
	}
	return meta.Token{}, errUnauthorized
}

// sameOrigin refuses what a page of another origin wants to change.
func (s *server) sameOrigin(r *http.Request) error {
	if s.origins.Check(r) != nil {
		return fault.New(fault.Forbidden, "a page of another origin cannot do this; if this one is the server's own, behind a proxy, --public-url must be its URL")
	}
	return nil
}

// usualPorts are those of schemes, which browsers leave out of origins.
var usualPorts = map[string]string{"http": ":80", "https": ":443"}

// newOrigins knows which requests are of the server's own pages: by what browsers
// tell, and where that is only the origin, of the public URL too.
func newOrigins(publicURL string) (*http.CrossOriginProtection, error) {
	origins := http.NewCrossOriginProtection()
	if publicURL == "" {
		return origins, nil
	}
	scheme, rest, _ := strings.Cut(publicURL, "://")
	host, _, _ := strings.Cut(rest, "/")
	scheme, host = strings.ToLower(scheme), strings.ToLower(host)
	host = strings.TrimSuffix(host, usualPorts[scheme])
	return origins, origins.AddTrustedOrigin(scheme + "://" + host)
}
