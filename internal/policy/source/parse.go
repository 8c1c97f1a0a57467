package source

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Parse reads a file. The tree is nil if nothing could be read; with mistakes
// it may hold only a part of the file. Where the file as a whole is not YAML,
// each of its top-level sections is read alone, so that a slip in one does not
// hide the mistakes of the others.
func Parse(src []byte) (*Node, []Mistake) {
	mistakes := checkBytes(src)
	if len(mistakes) > 0 && mistakes[0].Fault != Tab {
		return nil, mistakes
	}
	text := strings.TrimPrefix(string(src), byteOrderMark)
	if len(mistakes) > 0 {
		text = withoutTabs(text)
	}
	root, found := whole(text)
	if len(found) == 1 && found[0].Fault == NotYAML {
		root, found = bySection(text, found)
	}
	if len(mistakes) > 0 { // a tab breaks what follows; that would only be said twice
		found = slices.DeleteFunc(found, func(m Mistake) bool { return m.Fault == NotYAML })
	}
	return root, append(mistakes, found...)
}

// whole reads text as one document.
func whole(text string) (*Node, []Mistake) {
	tokens, ok := tokenize(text)
	if !ok {
		return nil, []Mistake{{Pos{1, 1}, NotYAML, "the YAML reader could not take this file apart"}}
	}
	refused := checkTokens(tokens)
	for _, m := range refused {
		if m.Fault == TooLarge || m.Fault == TooDeep {
			return nil, refused
		}
	}
	file, mistake := parse(tokens)
	if mistake != nil && len(refused) > 0 {
		return nil, refused
	}
	if mistake != nil {
		return nil, []Mistake{*mistake}
	}
	body, mistake := onlyDocument(file)
	if mistake != nil {
		return nil, append(refused, *mistake)
	}
	root, found := tree(body)
	return root, append(refused, found...)
}

func onlyDocument(file *ast.File) (ast.Node, *Mistake) {
	var body ast.Node
	for _, doc := range file.Docs {
		if _, directive := doc.Body.(*ast.DirectiveNode); directive || doc.Body == nil {
			continue
		}
		if body != nil {
			return nil, &Mistake{Pos{place(doc.Body.GetToken()).Line, 1}, Documents, "a second document begins here; a policy is one"}
		}
		body = doc.Body
	}
	if body == nil {
		return nil, &Mistake{Pos{1, 1}, Empty, "the file says nothing"}
	}
	return body, nil
}

// tokenize and parse fence the library in: a panic becomes a refusal.
func tokenize(text string) (tokens token.Tokens, ok bool) {
	defer func() {
		if recover() != nil {
			tokens, ok = nil, false
		}
	}()
	return lexer.Tokenize(text), true
}

func parse(tokens token.Tokens) (file *ast.File, mistake *Mistake) {
	defer func() {
		if recover() != nil {
			file, mistake = nil, &Mistake{Pos{1, 1}, NotYAML, "the YAML reader could not make sense of this file"}
		}
	}()
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		// Error() of the library prints the whole source, in quadratic time.
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) {
			return nil, &Mistake{place(syntax.Token), NotYAML, "this is not YAML: " + plain(syntax.Message)}
		}
		return nil, &Mistake{Pos{1, 1}, NotYAML, "this is not YAML"}
	}
	return file, nil
}

// plain bounds a message of the library and takes its line ends out.
func plain(message string) string {
	message = strings.Join(strings.Fields(message), " ")
	if r := []rune(message); len(r) > 120 {
		message = string(r[:120]) + "…"
	}
	return message
}

// tree copies the library's nodes into ours.
func tree(n ast.Node) (*Node, []Mistake) {
	var c copier
	root := c.node(n, 0)
	return root, c.mistakes
}

type copier struct{ mistakes []Mistake }

func (c *copier) node(n ast.Node, depth int) *Node {
	if n == nil {
		return &Node{}
	}
	at := place(n.GetToken())
	if depth > MaxDepth {
		c.mistakes = append(c.mistakes, Mistake{at, TooDeep, fmt.Sprintf("values lie more than %d levels deep", MaxDepth)})
		return &Node{Pos: at}
	}
	switch n := n.(type) {
	case *ast.NullNode:
		return &Node{Pos: at}
	case *ast.StringNode:
		return c.text(at, n.Value)
	case *ast.LiteralNode:
		return c.text(at, strings.TrimRight(n.Value.Value, "\n"))
	case *ast.BoolNode:
		return &Node{Pos: at, Kind: Truth, Scalar: n.GetToken().Value}
	case *ast.IntegerNode, *ast.FloatNode:
		return &Node{Pos: at, Kind: Number, Scalar: n.GetToken().Value}
	case *ast.InfinityNode, *ast.NanNode:
		return &Node{Pos: at, Kind: Text, Scalar: n.GetToken().Value}
	case *ast.SequenceNode:
		list := &Node{Pos: at, Kind: List}
		for _, item := range n.Values {
			list.Items = append(list.Items, c.node(item, depth+1))
		}
		return list
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MappingKeyNode, *ast.DirectiveNode:
		return &Node{Pos: at, Kind: Unread} // checkTokens has told
	case *ast.MappingNode:
		return c.mapping(at, n.Values, depth)
	case *ast.MappingValueNode:
		return c.mapping(at, []*ast.MappingValueNode{n}, depth)
	}
	c.mistakes = append(c.mistakes, Mistake{at, NotYAML, "this form of YAML is not part of the language"})
	return &Node{Pos: at}
}

// text refuses what an escape within quotes ("\\e", "\\u202e") would bring in: the
// characters that the file itself may not hold.
func (c *copier) text(at Pos, s string) *Node {
	for _, r := range s {
		if unseen(r) || r == '\r' {
			c.mistakes = append(c.mistakes, Mistake{at, Unseen, unseenProblem(r)})
			return &Node{Pos: at, Kind: Unread}
		}
	}
	return &Node{Pos: at, Kind: Text, Scalar: s}
}

func (c *copier) mapping(at Pos, values []*ast.MappingValueNode, depth int) *Node {
	m := &Node{Pos: at, Kind: Map}
	for _, v := range values {
		if _, merge := v.Key.(*ast.MergeKeyNode); merge {
			continue // checkTokens has told
		}
		key := c.node(v.Key, depth+1)
		switch key.Kind {
		case Text, Number, Truth:
			m.Entries = append(m.Entries, Entry{Pos: key.Pos, Key: key.Scalar, Value: c.node(v.Value, depth+1)})
		case Unread:
		default:
			c.mistakes = append(c.mistakes, Mistake{key.Pos, NotYAML, "a key is a single word"})
		}
	}
	if len(m.Entries) > 0 && m.Entries[0].Before(at) {
		m.Pos = m.Entries[0].Pos // a block map begins at its first key, not at its colon
	}
	return m
}
