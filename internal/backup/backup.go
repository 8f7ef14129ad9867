// Package backup is the format in which everything that a server keeps leaves
// it, as one stream: a tar archive that tells by itself whether it is whole.
//
// Its first entry says what it is, its last one names all others with their
// sizes and checksums. An archive without the last one has been cut off. Nothing
// in it is compressed: the journal and the timelines of views are already.
package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"time"
)

// Names in the archive.
const (
	headName     = "playhead-backup.json"
	manifestName = "manifest.json"
)

// format is the version of the format.
const format = 1

// maxText is how long the first and the last entry may be, in bytes: they are
// read into memory. A file takes about 150 in the manifest.
const maxText = 16 << 20

// head is the first entry.
type head struct {
	Format  int       `json:"format"`
	Created time.Time `json:"created"`
}

// entry is a file in the manifest, which is the last entry: a list of these.
type entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// File is one to be archived.
type File struct {
	Name string // in the archive: a relative path with slashes
	Path string // on the disk
	Size int64  // so much of it, from its beginning
}

// Write writes an archive of files.
func Write(w io.Writer, created time.Time, files []File) error {
	t := tar.NewWriter(w)
	if err := writeJSON(t, headName, created, head{format, created}); err != nil {
		return err
	}
	var manifest []entry
	for _, f := range files {
		sum, err := writeFile(t, created, f)
		if err != nil {
			return fmt.Errorf("back up %s: %w", f.Path, err)
		}
		manifest = append(manifest, entry{f.Name, f.Size, sum})
	}
	if err := writeJSON(t, manifestName, created, manifest); err != nil {
		return err
	}
	if err := t.Close(); err != nil {
		return fmt.Errorf("end backup: %w", err)
	}
	return nil
}

func writeHeader(t *tar.Writer, name string, created time.Time, size int64) error {
	return t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: created})
}

func writeJSON(t *tar.Writer, name string, created time.Time, value any) error {
	text, err := json.Marshal(value)
	if err == nil {
		err = writeHeader(t, name, created, int64(len(text)))
	}
	if err == nil {
		_, err = t.Write(text)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// writeFile writes a file and returns its checksum.
func writeFile(t *tar.Writer, created time.Time, f File) (string, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if err := writeHeader(t, f.Name, created, f.Size); err != nil {
		return "", err
	}
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(t, sum), file, f.Size); err != nil {
		return "", err
	}
	return hexOf(sum), nil
}

func hexOf(sum hash.Hash) string { return hex.EncodeToString(sum.Sum(nil)) }

// Content is what an archive holds.
type Content struct {
	Created time.Time
	Files   int
	Bytes   int64 // of the files
}

// errCut is what an archive without its end meets.
var errCut = errors.New("the backup is cut off: it does not have its end")

// Read reads an archive to its end and checks it. put gets each file; its
// writer is closed at the end of the file. After an error, what put got is
// worthless.
func Read(r io.Reader, put func(name string, size int64) (io.WriteCloser, error)) (Content, error) {
	t := tar.NewReader(r)
	var h head
	if err := readHead(t, &h); err != nil {
		return Content{}, err
	}
	c := Content{Created: h.Created}
	var found []entry
	for {
		header, err := t.Next()
		if err != nil {
			return c, cut(err)
		}
		if header.Name == manifestName {
			break
		}
		e, err := readFile(t, header, put)
		if err != nil {
			return c, err
		}
		found = append(found, e)
		c.Files++
		c.Bytes += e.Size
	}
	if err := compare(t, found); err != nil {
		return c, err
	}
	if _, err := t.Next(); !errors.Is(err, io.EOF) {
		return c, errors.Join(errors.New("the backup goes on after its end"), err)
	}
	_, err := io.Copy(io.Discard, r) // whoever keeps what is read gets the end too
	return c, err
}

func readHead(t *tar.Reader, h *head) error {
	header, err := t.Next()
	if err != nil || header.Name != headName {
		return errors.Join(errors.New("this is no backup of Playhead"), err)
	}
	if err := json.NewDecoder(io.LimitReader(t, maxText)).Decode(h); err != nil {
		return fmt.Errorf("read %s: %w", headName, err)
	}
	if h.Format != format {
		return fmt.Errorf("the backup has format %d: want %d; a newer version of Playhead may read it", h.Format, format)
	}
	return nil
}

func readFile(t *tar.Reader, header *tar.Header, put func(string, int64) (io.WriteCloser, error)) (entry, error) {
	if header.Typeflag != tar.TypeReg || path.Clean(header.Name) != header.Name || path.IsAbs(header.Name) || header.Name[0] == '.' {
		return entry{}, fmt.Errorf("the backup holds %q, which is not a file of a server", header.Name)
	}
	w, err := put(header.Name, header.Size)
	if err != nil {
		return entry{}, err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(w, sum), t)
	if err = errors.Join(err, w.Close()); err != nil {
		return entry{}, fmt.Errorf("%s: %w", header.Name, cut(err))
	}
	return entry{header.Name, header.Size, hexOf(sum)}, nil
}

// compare holds the files found against the manifest.
func compare(manifest io.Reader, found []entry) error {
	var want []entry
	text, err := io.ReadAll(io.LimitReader(manifest, maxText))
	if err != nil {
		return cut(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		return fmt.Errorf("read %s: %w", manifestName, err)
	}
	if len(want) != len(found) {
		return fmt.Errorf("the backup holds %d files, and should hold %d", len(found), len(want))
	}
	for i, e := range found {
		if e != want[i] {
			return fmt.Errorf("the backup is damaged: %s is not as it was (checksum %s, want %s of %s)", e.Name, e.SHA256, want[i].SHA256, want[i].Name)
		}
	}
	return nil
}

// cut says of an end where none should be what it means.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errCut
	}
	return err
}
