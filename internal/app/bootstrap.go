package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// bootstrap makes the first environment and token on the first start. What was
// generated is printed once, to the standard output and not to the log.
func (a *App) bootstrap(ctx context.Context) error {
	id, secret, both := strings.Cut(a.cfg.BootstrapToken, ":")
	if a.cfg.BootstrapToken != "" && (!both || id == "" || secret == "") {
		return errors.New("bootstrap-token: want ID:SECRET")
	}
	b, err := a.records.Bootstrap(ctx, a.cfg.BootstrapEnvKey, id, secret)
	if err != nil {
		return err
	}
	for _, name := range b.Ignored {
		a.log.Warn("setting changes nothing after the first start", "setting", name)
	}
	if b.KeyGenerated {
		fmt.Fprintf(os.Stdout, "environment key of %q: %s\n", b.Environment.Name, b.Environment.IngestKey)
	}
	if b.Secret != "" {
		fmt.Fprintf(os.Stdout, "API token: id %s, secret %s (shown only now)\n", b.TokenID, b.Secret)
	}
	return nil
}
