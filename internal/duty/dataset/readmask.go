package dataset

import (
	"slices"
	"strings"

	"kept/internal/policy/source"
)

// The strategies. deleteRow is for collections alone.
const (
	nullify   = "null_rewrite"
	rewrite   = "string_rewrite"
	hashed    = "hash"
	hmaced    = "hmac"
	random    = "random_string_rewrite"
	encrypted = "aes_encrypt"
	preserved = "preserve"
	deleteRow = "delete"
)

// usualRandom is the length of a random text if none is given, as in Fides.
const usualRandom = 30

// mask reads a strategy; nil if it cannot be used.
func (r *reader) mask(n *source.Node) *Mask {
	m := &Mask{At: n.Pos}
	r.read(n, "a masking strategy", keys{
		"strategy":      r.oneOf("strategy", &m.Strategy, nullify, rewrite, hashed, hmaced, random, encrypted, preserved),
		"configuration": func(n *source.Node) { r.maskConfiguration(n, m) },
	})
	if n.Kind != source.Map || m.Strategy == "" {
		if n.Kind == source.Map {
			r.must(n, "a masking strategy", "strategy")
		}
		return nil
	}
	switch {
	case m.Strategy == rewrite && m.Value == "":
		r.report(n.Pos, "add configuration: {rewrite_value: …}", "string_rewrite does not say what to write")
	case m.Strategy == random && m.Length == 0:
		m.Length = usualRandom
	}
	return m
}

func (r *reader) maskConfiguration(n *source.Node, m *Mask) {
	var mode string
	r.read(n, "the configuration of a masking strategy", keys{
		"rewrite_value": r.text("rewrite_value", &m.Value), "length": r.number("length", &m.Length),
		"algorithm": func(n *source.Node) {
			r.text("algorithm", &m.Algorithm)(n)
			m.Algorithm = strings.ReplaceAll(strings.ToUpper(m.Algorithm), "_", "-")
			if known := []string{"SHA-256", "SHA-512"}; !slices.Contains(known, m.Algorithm) {
				r.report(n.Pos, "write SHA-256 or SHA-512", "the algorithm is %q", n.Scalar)
			}
		},
		"mode": r.oneOf("mode", &mode, "GCM"),
		"format_preservation": func(n *source.Node) {
			r.read(n, "format_preservation", keys{"suffix": r.text("suffix", &m.Suffix)})
		},
	})
}
