// Package s3 is where daily files go that are kept in object storage: any that
// speaks the protocol of S3.
//
// A file is uploaded in parts, several at once, which are read from the staged file and
// held nowhere: memory is the same for files of any size. A part that fails is
// sent again. Only when all parts of all files are there, they are completed one directly
// after the other: an object is replaced at once, and what is not completed nobody sees.
//
// Nothing is written down about an upload. What is there already follows from the
// content: the parts of an unfinished upload that are those of the file are not sent again, whichever
// process has sent them, and an object that is the file is left as it is.
package s3

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"
	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/export/daily"
	"playhead/internal/meta"
)

// Config is where the bucket is. It has to be there already.
type Config struct {
	Endpoint  string // URL of the server
	Region    string // empty: the server is asked
	Bucket    string
	Prefix    string // of the names of all objects, as a folder; empty: none
	AccessKey string // empty: as of the environment, of the file of credentials of the user, or of the machine's role
	SecretKey string
}

// Validate says what is wrong, by the names of the settings.
func (c *Config) Validate() error {
	switch u, err := url.Parse(c.Endpoint); {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("export-s3-endpoint is %q: want https:// or http:// and a host, with no user and no path", withoutUser(c.Endpoint))
	case s3utils.CheckValidBucketNameStrict(c.Bucket) != nil:
		return fmt.Errorf("export-s3-bucket is %q: want the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens", c.Bucket)
	case c.Prefix != "" && (!fs.ValidPath(strings.TrimSuffix(c.Prefix, "/")) || path.Clean(c.Prefix) == "." || len(c.Prefix) > maxPrefix):
		return fmt.Errorf("export-s3-prefix is %q: want a folder as exports/playhead, of %d bytes at most", c.Prefix, maxPrefix)
	case c.AccessKey != "" && c.SecretKey == "":
		return errors.New("export-s3-secret-key is empty: want the secret of export-s3-access-key")
	case c.AccessKey == "" && c.SecretKey != "":
		return errors.New("export-s3-access-key is empty: want the key that export-s3-secret-key is the secret of")
	}
	return nil
}

// withoutUser is a URL without what may be a password.
func withoutUser(address string) string { return address[strings.LastIndex(address, "@")+1:] }

const maxPrefix = 512 // bytes; names of objects have 1024

// MostLinked is how long a link may be good at most: the protocol has no longer ones.
const MostLinked = 7 * 24 * time.Hour

// Destination is a bucket, or a folder of one. It may be used by several goroutines
// at once, but for files of different names.
type Destination struct {
	client    *minio.Core
	transport *transport
	bucket    string
	prefix    string        // empty, or with a slash at its end
	part      int64         // bytes of a part at least
	wait      time.Duration // before a request is made a second time
	metrics   *metrics
}

// New makes a Destination, and connects to nothing.
func New(c Config, r prometheus.Registerer) (*Destination, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	endpoint, err := url.Parse(c.Endpoint)
	if err != nil {
		return nil, err
	}
	d := &Destination{bucket: c.Bucket, prefix: c.Prefix, part: partBytes, wait: firstWait, metrics: newMetrics()}
	if d.prefix != "" && !strings.HasSuffix(d.prefix, "/") {
		d.prefix += "/"
	}
	if d.transport, err = newTransport(endpoint.Scheme == "https", d.metrics); err != nil {
		return nil, err
	}
	d.client, err = minio.NewCore(endpoint.Host, &minio.Options{
		Creds: keys(c), Secure: endpoint.Scheme == "https", Region: c.Region, Transport: d.transport,
		MaxRetries: 1, // [Destination.retried] repeats
	})
	if err != nil {
		return nil, fmt.Errorf("export-s3-endpoint: %w", err)
	}
	d.client.SetAppInfo("playhead", "1")
	if err := d.metrics.register(r); err != nil {
		return nil, err
	}
	return d, nil
}

// keys is what requests are signed with.
func keys(c Config) *credentials.Credentials {
	if c.AccessKey != "" {
		return credentials.NewStaticV4(c.AccessKey, c.SecretKey, "")
	}
	return credentials.NewChainCredentials([]credentials.Provider{
		&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{},
	})
}

// Publish makes files visible one directly after the other, in their order, each at
// once and whole, when all of their parts are in the bucket. After an error, or the end of the
// process, it may be called again, and goes on from what is there.
func (d *Destination) Publish(ctx context.Context, files []daily.Staged) error {
	uploads := make([]*upload, 0, len(files))
	for _, f := range files {
		u, err := d.upload(ctx, f)
		if err != nil {
			return fmt.Errorf("upload %s: %w", f.Name, err)
		}
		uploads = append(uploads, u)
	}
	for _, u := range uploads {
		if err := d.complete(ctx, u); err != nil {
			return fmt.Errorf("complete the upload of %s: %w", u.name, err)
		}
	}
	return nil
}

// Remove removes files, in their order, and what is there of their uploads. It is
// no error when there is nothing.
func (d *Destination) Remove(ctx context.Context, names []string) error {
	for _, name := range names {
		err := d.retried(ctx, func(ctx context.Context) error {
			return d.client.RemoveObject(ctx, d.bucket, d.prefix+name, minio.RemoveObjectOptions{})
		})
		if err != nil && code(err) != noSuchKey {
			return fmt.Errorf("remove %s: %w", name, err)
		}
		pending, err := d.pending(ctx, name)
		if err != nil {
			return fmt.Errorf("list uploads of %s: %w", name, err)
		}
		if err := d.abort(ctx, pending); err != nil {
			return err
		}
	}
	return nil
}

// Has tells whether a file is there, as large as it was issued.
func (d *Destination) Has(ctx context.Context, file meta.ExportFile) (bool, error) {
	o, err := d.stat(ctx, file.Name)
	if err != nil {
		return false, fmt.Errorf("look for %s: %w", file.Name, err)
	}
	return o != nil && o.Size == file.Bytes, nil
}

// stat is what the bucket has of a name; nil: nothing.
func (d *Destination) stat(ctx context.Context, name string) (*minio.ObjectInfo, error) {
	var o minio.ObjectInfo
	err := d.retried(ctx, func(ctx context.Context) (err error) {
		o, err = d.client.StatObject(ctx, d.bucket, d.prefix+name, minio.StatObjectOptions{})
		return err
	})
	switch {
	case code(err) == noSuchKey:
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &o, nil
}

// Tidy ends the uploads of files of days that were begun before a time and never finished. Others that
// share the bucket have uploads too.
func (d *Destination) Tidy(ctx context.Context, before time.Time) error {
	list, err := d.uploads(ctx, d.prefix)
	if err != nil {
		return fmt.Errorf("list uploads: %w", err)
	}
	var old []minio.ObjectMultipartInfo
	for _, u := range list {
		if daily.IsName(strings.TrimPrefix(u.Key, d.prefix)) && u.Initiated.Before(before) {
			old = append(old, u)
		}
	}
	return d.abort(ctx, old)
}

// Link is a URL at which anybody may download a file for a while, under the last part
// of its name. It makes no request, but for a first one where the region is not set.
func (d *Destination) Link(ctx context.Context, name string, ttl time.Duration) (string, error) {
	if ttl < time.Second || ttl > MostLinked {
		return "", fmt.Errorf("a link for %s: want 1s to %s", ttl, MostLinked)
	}
	parameters := url.Values{"response-content-disposition": {fmt.Sprintf("attachment; filename=%q", path.Base(name))}}
	var link *url.URL
	err := d.retried(ctx, func(ctx context.Context) (err error) {
		link, err = d.client.PresignedGetObject(ctx, d.bucket, d.prefix+name, ttl, parameters)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("link to %s: %w", name, err)
	}
	return link.String(), nil
}
