// Command clickhouse is a ClickHouse server for tests. It runs the engine in
// libchdb.so, which the npm package @chdb/lib-linux-x64-gnu has: there is
// neither a Debian package nor a Go module with a server of these days.
//
//	clickhouse libchdb.so CONFIG.xml DATA
//
// CONFIG.xml says at which addresses it listens, DATA is the folder of its
// tables. It ends when its standard input does, and so not later than whoever
// has started it.
package main

import (
	"fmt"
	"os"
	"unsafe"

	"github.com/ebitengine/purego"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: clickhouse libchdb.so CONFIG.xml DATA")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "clickhouse:", err)
		os.Exit(1)
	}
}

// run is clickhouse-local, which listens while its queries run: the last one
// reads standard input to the end.
func run(library, config, data string) error {
	lib, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return err
	}
	var local func(argc int32, argv **byte) unsafe.Pointer
	purego.RegisterLibFunc(&local, lib, "chdb_query_cmdline")
	args := []string{
		"clickhouse", "--config-file=" + config, "--path=" + data,
		"--query=SYSTEM START LISTEN TCP; SELECT count() FROM file('-', LineAsString, 'line String') FORMAT Null",
	}
	var argv []*byte // null-terminated, as are the texts
	for _, a := range args {
		argv = append(argv, &append([]byte(a), 0)[0])
	}
	argv = append(argv, nil)
	local(int32(len(args)), &argv[0])
	return nil
}
