package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// File is what is read: a file, or bytes in memory.
type File interface {
	io.Reader
	io.ReaderAt
}

// peeked is how many bytes of a file tell what it is.
const peeked = 64 << 10

// NewReader makes a reader of a file of size bytes whose format shows in what is in it: CSV
// of any version, NDJSON or Parquet as written here, or messages: JSON on lines, one after the other,
// in an array, or in one that is the member data of an object; protobuf, each message preceded
// by its length, or one message alone. All but Parquet may be compressed with gzip. It
// returns what the file is, in words.
func NewReader(f File, size int64) (Reader, string, error) {
	b := bufio.NewReaderSize(f, peeked)
	packed := ""
	if magic, _ := b.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, "", fmt.Errorf("gzip: %w", err)
		}
		b, packed = bufio.NewReaderSize(z, peeked), " in gzip"
	}
	head, err := b.Peek(peeked)
	if err != nil && err != io.EOF { //nolint:errorlint // bufio passes it on as it is
		return nil, "", err
	}
	r, format, err := readerOf(f, size, b, head)
	if err != nil {
		return nil, "", err
	}
	return r, format + packed, nil
}

func readerOf(f File, size int64, b *bufio.Reader, head []byte) (Reader, string, error) {
	switch text := bytes.TrimPrefix(head, []byte("\uFEFF")); {
	case len(bytes.TrimSpace(head)) == 0:
		return nil, "", fmt.Errorf("the file is empty: want CSV, JSON, protobuf or Parquet")
	case bytes.HasPrefix(head, []byte("PAR1")):
		r, err := newParquetReader(f, size)
		return r, "Parquet", err
	case isCSV(text):
		r, err := newCSVReader(b)
		return r, "CSV", err
	case isArray(text):
		r, err := newArray(b, readObjectOf)
		return r, "an array of JSON", err
	case isJSON(text):
		if _, err := b.Discard(len(head) - len(text)); err != nil {
			return nil, "", err
		}
		return newLines(b, readObjectOf), "JSON", nil
	case isSingle(head):
		return &single{b}, "one message of protobuf", nil
	case isDelimited(head):
		return &delimited{r: b}, "protobuf", nil
	}
	return nil, "", fmt.Errorf("it is neither CSV with a line of names that has view_id, nor JSON, protobuf or Parquet")
}

// isCSV reports whether the first line has names of columns.
func isCSV(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	for name := range strings.SplitSeq(string(line), ",") {
		if strings.ToLower(strings.Trim(name, " \"\r")) == "view_id" {
			return true
		}
	}
	return false
}

// isJSON reports whether a file begins with an object.
func isJSON(head []byte) bool {
	return begins(head, json.Delim('{'), nil) || begins(head, json.Delim('{'), json.Delim('}'))
}

// isArray reports whether a file begins with an array, or with an object whose first
// member is data, which is one.
func isArray(head []byte) bool {
	return begins(head, json.Delim('[')) || begins(head, json.Delim('{'), "data", json.Delim('['))
}

// begins reports whether JSON begins with tokens; nil is any text.
func begins(head []byte, tokens ...json.Token) bool {
	d := json.NewDecoder(bytes.NewReader(head))
	for _, want := range tokens {
		got, err := d.Token()
		if _, text := got.(string); err != nil || want == nil && !text || want != nil && got != want {
			return false
		}
	}
	return true
}

// readObjectOf reads an object that is a row of NDJSON, or a message: rows as
// written here always have the SDK's id of the view.
func readObjectOf(data []byte) (Imported, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return Imported{}, err
	}
	if _, row := members[OwnID]; row {
		return readRow(members), nil
	}
	return readMembers(members), nil
}
