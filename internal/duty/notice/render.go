package notice

import "html/template"

func (n Notice) plain() string       { return n.Title + "\n" }
func (n Notice) markdown() string    { return n.Title + "\n" }
func (n Notice) html() template.HTML { return "" }
