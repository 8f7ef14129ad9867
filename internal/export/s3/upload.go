package s3

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"
	"golang.org/x/sync/errgroup"

	"playhead/internal/export/daily"
)

// How files are sent. A server takes 10,000 parts, each but the last of 5 MiB at least.
const (
	partBytes   = 16 << 20
	partsAtOnce = 4
	pageOf      = 1000 // parts or uploads that are listed in one answer
)

// upload is a file whose parts are in the bucket. It has no id when the file is visible already.
type upload struct {
	name  string
	id    string
	parts parts
	etags []string // by part, as the server says
}

// upload brings the parts of a file into the bucket that are not there.
func (d *Destination) upload(ctx context.Context, staged daily.Staged) (*upload, error) {
	file, err := os.Open(staged.Path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	u := &upload{name: staged.Name}
	if u.parts, err = cut(file, d.part); err != nil {
		return nil, err
	}
	visible, err := d.visible(ctx, u)
	if visible || err != nil {
		return u, err
	}
	u.etags = make([]string, len(u.parts))
	if err := d.resume(ctx, u); err != nil {
		return nil, err
	}
	if u.id == "" {
		if err := d.begin(ctx, u, staged.MediaType); err != nil {
			return nil, err
		}
	}
	group, sending := errgroup.WithContext(ctx)
	group.SetLimit(partsAtOnce)
	for i := range u.parts {
		if u.etags[i] != "" {
			d.metrics.parts.WithLabelValues(partThere).Inc()
			continue
		}
		group.Go(func() error { return d.send(sending, u, i, file) })
	}
	return u, group.Wait()
}

// visible tells whether the object is the file: it has the ETag that a server gives to
// an object of these parts. Where it gives other ones (some encrypt), the file is uploaded again.
func (d *Destination) visible(ctx context.Context, u *upload) (bool, error) {
	o, err := d.stat(ctx, u.name)
	return o != nil && o.Size == u.parts.size() && o.ETag == u.parts.etag(), err
}

// resume finds the unfinished upload of the name that has the most of the file. Others
// are ended.
func (d *Destination) resume(ctx context.Context, u *upload) error {
	pending, err := d.pending(ctx, u.name)
	if err != nil {
		return err
	}
	var most int64
	for _, p := range pending {
		etags, bytes, err := d.there(ctx, u, p.UploadID)
		if code(err) == noSuchUpload { // it ended meanwhile
			continue
		}
		if err != nil {
			return err
		}
		if u.id == "" || bytes > most {
			u.id, u.etags, most = p.UploadID, etags, bytes
		}
	}
	return d.abort(ctx, slices.DeleteFunc(pending, func(p minio.ObjectMultipartInfo) bool { return p.UploadID == u.id }))
}

// there are the parts of a file that an unfinished upload has, and their bytes.
func (d *Destination) there(ctx context.Context, u *upload, id string) (etags []string, bytes int64, err error) {
	etags = make([]string, len(u.parts))
	for after := 0; ; {
		var page minio.ListObjectPartsResult
		err := d.retried(ctx, func(ctx context.Context) (err error) {
			page, err = d.client.ListObjectParts(ctx, d.bucket, d.prefix+u.name, id, after, pageOf)
			return err
		})
		if err != nil {
			return nil, 0, err
		}
		for _, p := range page.ObjectParts {
			if i := p.PartNumber - 1; i >= 0 && i < len(u.parts) && u.parts[i].is(p.Size, p.ETag) {
				etags[i] = p.ETag
				bytes += p.Size
			}
		}
		if !page.IsTruncated || page.NextPartNumberMarker <= after {
			return etags, bytes, nil
		}
		after = page.NextPartNumberMarker
	}
}

// begin begins an upload. One that began without the answer arriving is found by the next
// [Destination.resume], or by [Destination.Tidy].
func (d *Destination) begin(ctx context.Context, u *upload, mediaType string) error {
	return d.retried(ctx, func(ctx context.Context) (err error) {
		u.id, err = d.client.NewMultipartUpload(ctx, d.bucket, d.prefix+u.name, minio.PutObjectOptions{ContentType: mediaType})
		return err
	})
}

// send sends a part. The server compares it with both of its sums.
func (d *Destination) send(ctx context.Context, u *upload, i int, file io.ReaderAt) error {
	p := u.parts[i]
	options := minio.PutObjectPartOptions{
		Md5Base64: base64.StdEncoding.EncodeToString(p.md5[:]), Sha256Hex: hex.EncodeToString(p.sha256[:]),
		DisableContentSha256: true, // only as its own way to sign a stream: the sum is signed
	}
	err := d.retried(ctx, func(ctx context.Context) error {
		// A reader of its own: a request that has failed may still read from the last one.
		body := io.NewSectionReader(file, p.offset, p.size)
		sent, err := d.client.PutObjectPart(ctx, d.bucket, d.prefix+u.name, u.id, i+1, body, p.size, options)
		u.etags[i] = sent.ETag
		return err
	})
	if err == nil {
		d.metrics.parts.WithLabelValues(partSent).Inc()
		d.metrics.bytes.Add(float64(p.size))
	}
	return err
}

// complete makes an upload visible.
func (d *Destination) complete(ctx context.Context, u *upload) error {
	if u.id == "" {
		return nil
	}
	list := make([]minio.CompletePart, len(u.parts))
	for i := range u.parts {
		list[i] = minio.CompletePart{PartNumber: i + 1, ETag: u.etags[i]}
	}
	err := d.retried(ctx, func(ctx context.Context) error {
		_, err := d.client.CompleteMultipartUpload(ctx, d.bucket, d.prefix+u.name, u.id, list, minio.PutObjectOptions{})
		return err
	})
	if code(err) != noSuchUpload {
		return err
	}
	// The answer of an earlier try may be what was lost.
	if visible, statErr := d.visible(ctx, u); statErr != nil || !visible {
		return err
	}
	return nil
}

// pending are the unfinished uploads of a name.
func (d *Destination) pending(ctx context.Context, name string) ([]minio.ObjectMultipartInfo, error) {
	list, err := d.uploads(ctx, d.prefix+name)
	return slices.DeleteFunc(list, func(u minio.ObjectMultipartInfo) bool { return u.Key != d.prefix+name }), err
}

// uploads are the unfinished uploads of all names with a prefix.
func (d *Destination) uploads(ctx context.Context, prefix string) (list []minio.ObjectMultipartInfo, err error) {
	for key, id := "", ""; ; {
		var page minio.ListMultipartUploadsResult
		err := d.retried(ctx, func(ctx context.Context) (err error) {
			page, err = d.client.ListMultipartUploads(ctx, d.bucket, prefix, key, id, "", pageOf)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, u := range page.Uploads {
			if strings.HasPrefix(u.Key, prefix) {
				list = append(list, u)
			}
		}
		if !page.IsTruncated || page.NextKeyMarker == key && page.NextUploadIDMarker == id {
			return list, nil
		}
		key, id = page.NextKeyMarker, page.NextUploadIDMarker
	}
}

// abort ends uploads, whose parts go.
func (d *Destination) abort(ctx context.Context, list []minio.ObjectMultipartInfo) error {
	for _, u := range list {
		err := d.retried(ctx, func(ctx context.Context) error {
			return d.client.AbortMultipartUpload(ctx, d.bucket, u.Key, u.UploadID)
		})
		if err != nil && code(err) != noSuchUpload {
			return err
		}
		d.metrics.aborted.Inc()
	}
	return nil
}
