package segment

import "math"

// File is the durable part of a segment file: its first Size bytes, which never
// change.
type File struct {
	Path string
	Size int64
}

// Hold keeps the records from an offset on from being deleted, until release is
// called. A later Hold takes the place of an earlier one.
func (l *Log) Hold(from int64) (release func()) {
	hold := func(from int64) {
		l.trim.Lock() // also waits until a Trim that runs has seen it
		defer l.trim.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.held = from
	}
	hold(from)
	return func() { hold(math.MaxInt64) }
}

// Files are the files of all durable records from an offset on, oldest first. A
// log that is opened on copies of them goes on where this one is now.
func (l *Log) Files(from int64) []File {
	l.mu.Lock()
	defer l.mu.Unlock()
	var files []File
	for i, s := range l.segments {
		if last := i == len(l.segments)-1; s.end > from || last {
			files = append(files, File{s.path, s.size})
		}
	}
	return files
}
