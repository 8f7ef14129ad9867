package main

import (
	"context"
	"fmt"
	"time"

	"playhead/internal/app"
)

type backupCommand struct {
	URL   string `help:"Address of the server's API." default:"http://127.0.0.1:8080" placeholder:"URL"`
	Token string `help:"Token with the permission system:write." required:"" placeholder:"ID:SECRET"`
	File  string `arg:"" help:"New file, for its owner alone: it holds everything that the server keeps." type:"path"`
}

// Run has the server make a backup, and checks what comes.
func (c *backupCommand) Run(ctx context.Context, s streams) error {
	content, err := app.FetchBackup(ctx, c.URL, c.Token, c.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s: backup of %s, %d files of %d MB, checked\n",
		c.File, content.Created.Format(time.RFC3339), content.Files, content.Bytes/1e6)
	return err
}

type restoreCommand struct {
	File    string `arg:"" help:"Backup." type:"existingfile"`
	DataDir string `help:"Data folder to make: an empty one, or one that is not there." default:"data" type:"path"`
}

// Run unpacks a backup and checks it.
func (c *restoreCommand) Run(ctx context.Context, s streams) error {
	r, err := app.Restore(ctx, c.File, c.DataDir)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s: restored from the backup of %s: %d views, %d environments, %d records of the journal\n",
		c.DataDir, r.Created.Format(time.RFC3339), r.Views, r.Environments, r.Records)
	return err
}
