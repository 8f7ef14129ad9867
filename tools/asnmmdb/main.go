// Command asnmmdb makes a database of networks by address, in the format that
// `playhead --geo-asn` reads, of lines of CSV: first address, last address,
// number and name of the autonomous system.
//
//	asnmmdb OUT.mmdb IN.csv...
package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: asnmmdb OUT.mmdb IN.csv...")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "asnmmdb:", err)
		os.Exit(1)
	}
}

func run(out string, in []string) error {
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "ASN", RecordSize: 28})
	if err != nil {
		return err
	}
	for _, path := range in {
		if err := insertFile(tree, path); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	// Written beside and renamed, so that a database is whole or not there.
	f, err := os.Create(out + ".new")
	if err != nil {
		return err
	}
	if _, err := tree.WriteTo(f); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(out+".new", out)
}

func insertFile(tree *mmdbwriter.Tree, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	rows := csv.NewReader(f)
	rows.FieldsPerRecord = 4
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		number, err := strconv.ParseUint(row[2], 10, 32)
		if err != nil {
			return err
		}
		record := mmdbtype.Map{
			"autonomous_system_number":       mmdbtype.Uint32(number),
			"autonomous_system_organization": mmdbtype.String(row[3]),
		}
		err = tree.InsertRange(net.ParseIP(row[0]), net.ParseIP(row[1]), record)
		// Addresses that are not public, or another form of those of version 4,
		// have no network of their own.
		_, reserved := errors.AsType[*mmdbwriter.ReservedNetworkError](err)
		_, aliased := errors.AsType[*mmdbwriter.AliasedNetworkError](err)
		if err != nil && !reserved && !aliased {
			return fmt.Errorf("range from %s: %w", row[0], err)
		}
	}
}
