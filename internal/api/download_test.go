package api

import (
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"testing"
	"time"
)

// TestDownloadWithoutItsBody: who announces a body and never sends it does not keep the
// connection, also where an answer may take any time.
func TestDownloadWithoutItsBody(t *testing.T) {
	h, _ := storedFiles(t)
	for what, target := range map[string]string{
		"no token": "/data/v1/exports/query", "no signature": "/exports/18922/2026_05_03.csv.gz", "a file": signedCSV3,
	} {
		for _, length := range []string{"Content-Length: 1000", "Transfer-Encoding: chunked"} {
			listening := httptest.NewUnstartedServer(h)
			listening.Config.ReadTimeout = 50 * time.Millisecond
			listening.Start()
			c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listening.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(c, "GET "+target+" HTTP/1.1\r\nHost: example.com\r\n"+length+"\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) { // it may also be reset
				t.Errorf("%s, %s: the server has not ended the connection", what, length)
			}
			c.Close()
			listening.CloseClientConnections() // those that are kept, too
			listening.Close()
		}
	}
}
