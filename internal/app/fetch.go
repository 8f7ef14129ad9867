package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"playhead/internal/backup"
	"playhead/internal/freespace"
)

// FetchBackup has a running server make a backup, and writes it to a new file:
// first under another name, then, once it is known to be whole, under its own.
func FetchBackup(ctx context.Context, url, token, file string) (c backup.Content, err error) {
	if _, err := os.Stat(file); err == nil {
		return c, fmt.Errorf("%s is there already: want a new file", file)
	}
	part := file + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return c, err
	}
	c, err = fetch(ctx, url, token, f)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(part, file)
	}
	if err != nil {
		return c, fmt.Errorf("backup: %w", errors.Join(err, os.Remove(part)))
	}
	return c, syncFolder(filepath.Dir(file))
}

// fetch copies a backup to a file, and checks it on the way.
func fetch(ctx context.Context, url, token string, f *os.File) (c backup.Content, err error) {
	err = download(ctx, strings.TrimSuffix(url, "/")+"/system/v1/backup", token, func(h http.Header, body io.Reader) error {
		if err := roomForDownload(h, f.Name()); err != nil {
			return err
		}
		c, err = backup.Read(io.TeeReader(body, f), func(string, int64) (io.WriteCloser, error) { return nowhere{io.Discard}, nil })
		return err
	})
	return c, err
}

// download asks a server for something that may take any time, and has the
// answer read.
func download(ctx context.Context, url, token string, read func(h http.Header, body io.Reader) error) (err error) {
	// A server that copies very large views, or a network that stalls: longer
	// than this nothing comes from either.
	const patience = 15 * time.Minute
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(patience, func() { cancel(fmt.Errorf("nothing has come for %s", patience)) })
	defer stalled.Stop()
	defer func() {
		if err != nil && context.Cause(ctx) != nil {
			err = errors.Join(context.Cause(ctx), err)
		}
	}()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	id, secret, both := strings.Cut(token, ":")
	if !both {
		return errors.New("token: want ID:SECRET")
	}
	r.SetBasicAuth(id, secret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return refused(answer)
	}
	return read(answer.Header, &watched{answer.Body, func() { stalled.Reset(patience) }})
}

// ErrRefused is that a server refuses what was asked for, and would again.
var ErrRefused = errors.New("refused")

// refused is what a server says that sends nothing.
func refused(answer *http.Response) error {
	err := said(answer)
	if answer.StatusCode == http.StatusBadRequest {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

// said is the error that a server answers with.
func said(answer *http.Response) error {
	var said struct {
		Error struct{ Messages []string }
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err == nil && json.Unmarshal(text, &said) == nil && len(said.Error.Messages) > 0 {
		return fmt.Errorf("the server answers %s: %s", answer.Status, strings.Join(said.Error.Messages, "; "))
	}
	return fmt.Errorf("the server answers %s: want the address of a server's API", answer.Status)
}

// roomForDownload checks that the disk has room for what the server announces.
func roomForDownload(h http.Header, file string) error {
	size, err := strconv.ParseInt(h.Get("Playhead-Bytes"), 10, 64)
	if err != nil {
		return fmt.Errorf("the server does not tell the size of its backup: %w", err)
	}
	free, err := freespace.Of(filepath.Dir(file))
	if err != nil {
		return fmt.Errorf("ask for free space: %w", err)
	}
	if free < size {
		return fmt.Errorf("the backup has %d MB, and there is room for %d MB", size/1e6, free/1e6)
	}
	return nil
}

// watched tells of each read.
type watched struct {
	io.Reader
	read func()
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	w.read()
	return w.Reader.Read(p)
}

// nowhere is where the files of a backup go that is only checked.
type nowhere struct{ io.Writer }

// Close implements io.Closer.
func (nowhere) Close() error { return nil }
