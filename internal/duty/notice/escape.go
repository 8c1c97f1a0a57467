package notice

import "strings"

// acting are the signs that act in Markdown or HTML, and those by which a code host
// calls people (@) and issues (#).
var acting = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "~", `\~`, "!", `\!`, "|", `\|`,
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "@", "&#64;", "#", "&#35;")

// Escape keeps words from acting as Markdown or HTML, on a line of their own.
func Escape(words string) string { return acting.Replace(oneLine(words)) }
