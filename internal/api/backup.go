package api

import (
	"context"

	"playhead/internal/fault"
	"playhead/internal/meta"
)

// Backups copies everything that the server keeps.
type Backups interface {
	// Backup makes a copy of one moment, while everything goes on. It is an error
	// with the code conflict while another one is being made or sent.
	Backup(ctx context.Context) (Download, error)
}

// backupRoutes are the routes of backups.
var backupRoutes = []route{
	{
		method: "GET", pattern: "/system/v1/backup", name: "get-backup",
		doc: "Everything that the server keeps, of all environments, as it is at one moment: a tar archive for `playhead restore`. " +
			"An archive without manifest.json as its last entry was cut off and is worthless. The header Playhead-Bytes tells about how much comes.",
		permission: meta.SystemWrite,
		unique:     true,
		files:      []string{"application/x-tar"},
		headers:    []string{bytesHeader},
		answer:     (*server).getBackup,
	},
}

func (s *server) getBackup(c *call) (any, error) {
	if s.Backups == nil {
		return nil, fault.New(fault.Busy, "this server makes no backups")
	}
	return s.Backups.Backup(c)
}
