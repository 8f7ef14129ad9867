package harness

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What `make test` puts in place.
const (
	clickHouse        = "PLAYHEAD_CLICKHOUSE" // the path of tools/clickhouse
	clickHouseLibrary = "../clickhouse/node_modules/@chdb/lib-linux-x64-gnu/libchdb.so"
	howToGetIt        = "`make test` makes it, on Linux on x86-64; for these tests alone: `make clickhouse`"
)

// Cluster is what the ClickHouse servers of a test call themselves together.
const Cluster = "shards"

// ClickHouse starts n ClickHouse servers, each of which knows the others as the other
// shards, and returns their addresses. They read any file that this process may, by its whole path.
// They end with the test.
func ClickHouse(t testing.TB, n int) []string {
	t.Helper()
	var addresses []string
	for range n {
		addresses = append(addresses, freeAddress(t))
	}
	for _, address := range addresses {
		startClickHouse(t, address, addresses)
	}
	return addresses
}

// freeAddress is an address that nobody listens at.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// startClickHouse starts a server and waits until it listens.
func startClickHouse(t testing.TB, address string, all []string) {
	t.Helper()
	path := os.Getenv(clickHouse)
	for name, file := range map[string]string{clickHouse: path, "the engine": clickHouseLibrary} {
		if _, err := os.Stat(file); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, howToGetIt)
		}
	}
	config := filepath.Join(t.TempDir(), "config.xml")
	if err := os.WriteFile(config, []byte(configuration(address, all)), 0o600); err != nil {
		t.Fatal(err)
	}
	// Not bound to the test's context: the server outlives it until the cleanup.
	cmd := exec.CommandContext(context.Background(), path, clickHouseLibrary, config, t.TempDir())
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	stdin, err := cmd.StdinPipe() // its end, which is that of this process too, ends the server
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // its tables go too: it need not close them. An error says that it has ended
		_ = cmd.Wait()
		stdin.Close()
		if t.Failed() {
			t.Logf("server %s: %s", address, output.String())
		}
	})
	Eventually(t, 30*time.Second, func() error {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// configuration is that of the server at an address of a cluster.
func configuration(address string, all []string) string {
	host, port, _ := strings.Cut(address, ":")
	var shards strings.Builder
	for _, a := range all {
		h, p, _ := strings.Cut(a, ":")
		fmt.Fprintf(&shards, "<shard><replica><host>%s</host><port>%s</port></replica></shard>", h, p)
	}
	return fmt.Sprintf(`<clickhouse>
		<listen_host>%s</listen_host>
		<tcp_port>%s</tcp_port>
		<remote_servers><%s>%s</%[3]s></remote_servers>
		<logger><level>none</level></logger>
	</clickhouse>`, host, port, Cluster, shards.String())
}
