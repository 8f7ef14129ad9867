// Command s3 is an S3-compatible server for tests: the gateway of Versity, whose
// objects are files of a folder.
//
//	s3 HOST:PORT FOLDER SIDECAR
//
// FOLDER has a folder for each bucket, and SIDECAR what S3 knows of objects beside
// their bytes, so that the file system needs no extended attributes. The key that
// it takes is in ROOT_ACCESS_KEY and ROOT_SECRET_KEY. It ends when its standard
// input does, and so not later than whoever has started it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: s3 HOST:PORT FOLDER SIDECAR")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "s3:", err)
		os.Exit(1)
	}
}

// run serves until the end of standard input.
func run(address, folder, sidecar string) error {
	facts, err := meta.NewSideCar(sidecar)
	if err != nil {
		return err
	}
	objects, err := posix.New(folder, facts, posix.PosixOpts{SideCarDir: sidecar})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return embedgw.RunVersityGW(ctx, objects, &embedgw.Config{
		RootUserAccess: os.Getenv("ROOT_ACCESS_KEY"), RootUserSecret: os.Getenv("ROOT_SECRET_KEY"),
		Ports: []string{address}, MaxConnections: 1000, MaxRequests: 1000, MultipartMaxParts: 10_000,
		Quiet: true, KeepAlive: true, DisableACLs: true,
	})
}
