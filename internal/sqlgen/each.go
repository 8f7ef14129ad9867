package sqlgen

import (
	"fmt"

	"playhead/internal/query"
)

// elements writes the rows of a plan with Each: each view of its scope once for
// each element of the list, with all its columns and the element beside them.
func (w *writer) elements(p *query.Plan) {
	list := p.Each.Column.Name
	w.text(fmt.Sprintf("\nFROM (SELECT *, %s AS element FROM views", w.dialect.Elements(list)))
	w.where(&p.Scope, p.Has)
	w.text(fmt.Sprintf("\n\tAND %s <> '') AS elements", list))
	for i, c := range p.Each.Where {
		if i == 0 {
			w.text("\nWHERE ")
		} else {
			w.text("\n\tAND ")
		}
		w.elementCondition(c)
	}
}

// elementCondition writes a condition on a part of the element.
func (w *writer) elementCondition(c query.ElementCondition) {
	if c.Not {
		w.text("NOT ")
	}
	w.text("(")
	part := w.dialect.Part("element", c.Part)
	if c.Texts != nil {
		w.among(part, c.Texts)
	} else {
		w.inside(part, c.Contains)
	}
	w.text(")")
}

// amount renders the number in the last part of the element.
func (w *writer) amount() string {
	return w.dialect.Decimal(w.dialect.Part("element", max(len(w.each.Column.Parts)-1, 0)))
}
