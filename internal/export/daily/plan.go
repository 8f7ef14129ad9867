package daily

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"

	"playhead/internal/export"
	"playhead/internal/meta"
)

// planFile is the name of the plan of a day in its folder. It is written last.
const planFile = "plan"

// plan is a day whose files are all staged.
type plan struct {
	Day           meta.ExportDay
	ManifestBytes int64
}

// staged are the files of a plan in the order in which they are published.
func (p *plan) staged(dir string) []Staged {
	var list []Staged
	for _, f := range p.Day.Files {
		list = append(list, Staged{Name: f.Name, Path: filepath.Join(dir, path.Base(f.Name)), MediaType: export.MediaType(export.Format(f.Format))})
	}
	name := ManifestName(p.Day.EnvironmentID, p.Day.Day)
	return append(list, Staged{Name: name, Path: filepath.Join(dir, path.Base(name)), MediaType: "application/json"})
}

// others are the names that files of the day could have had before, and have no more.
func (p *plan) others(k key) []string {
	return slices.DeleteFunc(allNames(k), func(name string) bool {
		return name == ManifestName(k.environment, k.day) ||
			slices.ContainsFunc(p.Day.Files, func(f meta.ExportFile) bool { return f.Name == name })
	})
}

// folder is the staging folder of a day.
func (d *Daily) folder(k key) string {
	return filepath.Join(d.cfg.Staging, k.environment+"."+k.day)
}

// recover finds what is staged whole, and removes the rest: of what was being written
// when the one before died.
func (d *Daily) recover() error {
	entries, err := os.ReadDir(d.cfg.Staging)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		dir := filepath.Join(d.cfg.Staging, e.Name())
		p, err := d.readPlan(dir)
		k := key{p.Day.EnvironmentID, p.Day.Day}
		if err == nil && d.folder(k) == dir {
			d.pending[k] = true
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

// readPlan reads the plan of a folder. It is an error if not all it tells of is there.
func (d *Daily) readPlan(dir string) (p plan, err error) {
	text, err := os.ReadFile(filepath.Join(dir, planFile))
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, err
	}
	sizes := []int64{}
	for _, f := range p.Day.Files {
		sizes = append(sizes, f.Bytes)
	}
	for i, s := range p.staged(dir) {
		info, err := os.Stat(s.Path)
		if err != nil {
			return p, err
		}
		if want := append(sizes, p.ManifestBytes)[i]; info.Size() != want {
			return p, fmt.Errorf("%s has %d bytes, want %d", s.Path, info.Size(), want)
		}
	}
	return p, nil
}

// writePlan makes what is staged durable, and then the plan.
func writePlan(dir string, p plan) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := SyncFolder(dir); err != nil {
		return err
	}
	unfinished := filepath.Join(dir, planFile+".part")
	if err := writeFile(unfinished, text); err != nil {
		return err
	}
	if err := os.Rename(unfinished, filepath.Join(dir, planFile)); err != nil {
		return err
	}
	return errors.Join(SyncFolder(dir), SyncFolder(filepath.Dir(dir)))
}

// writeFile writes a file that is not there, durably.
func writeFile(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// SyncFolder makes the names in a folder durable, where systems can.
func SyncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
