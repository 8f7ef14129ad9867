package reference

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"text/template"

	"playhead/internal/openapi"
)

//go:generate go test -run TestFiles -update .

//go:embed *.md.tmpl
var fileTexts embed.FS

var files = template.Must(template.New("files").Funcs(template.FuncMap{
	// cell is a text in a table of Markdown.
	"cell": func(text string) string { return strings.ReplaceAll(text, "|", `\|`) },
}).ParseFS(fileTexts, "*.md.tmpl"))

// Files are the files of docs/reference by their names.
func Files(d *openapi.Document) (map[string][]byte, error) {
	m, all := NewModel(d), map[string][]byte{}
	for _, name := range []string{"api.md", "metrics.md", "dimensions.md", "realtime.md"} {
		var b bytes.Buffer
		if err := files.ExecuteTemplate(&b, name+".tmpl", m); err != nil {
			return nil, err
		}
		all[name] = b.Bytes()
	}
	document, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	all["openapi.json"] = append(document, '\n')
	return all, nil
}
