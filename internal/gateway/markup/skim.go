package markup

import "bytes"

// skims reports whether the stream is where most of a page is: in the body,
// outside of everything that gives tags another meaning.
func (r *Rewriter) skims() bool {
	return r.seen.body && len(r.open) == 0 && r.holding == nothing && !r.seen.choice && !r.seen.frames
}

// skim moves over text and tags that are written plainly and in which nothing
// can be held, which is almost all of a page. It stops at the first "<" that
// needs a closer look, and decides nothing that the closer look would decide
// otherwise.
func (r *Rewriter) skim() {
	b := r.in
	for i := r.pos; ; {
		n := bytes.IndexByte(b[i:], '<')
		if n < 0 {
			r.pos = i
			return
		}
		r.pos = i + n
		if i = r.skimTag(b, r.pos); i == 0 {
			return
		}
	}
}

// skimTag returns where the plain tag at i ends, 0 if it is none.
func (r *Rewriter) skimTag(b []byte, i int) int {
	i++
	end := i < len(b) && b[i] == '/'
	if end {
		i++
	}
	from, name := i, short(0)
	for i < len(b) && (b[i] >= 'a' && b[i] <= 'z' || b[i] >= '0' && b[i] <= '9') {
		name = name.with(b[i])
		i++
	}
	link := name == 'a'
	if i >= len(b) || i-from > longestShort || !link && dull.get(name) == 0 {
		return 0
	}
	for !end && b[i] == ' ' {
		if i = skimAttribute(b, i+1, link); i == 0 {
			return 0
		}
	}
	if b[i] != '>' {
		return 0
	}
	if link {
		r.seen.link = !end
	}
	return i + 1
}

// skimAttribute returns where name="value" at i ends, 0 if it is not written
// like that, ends the input or could hold something.
func skimAttribute(b []byte, i int, link bool) int {
	from, name := i, short(0)
	for i < len(b) && (b[i] >= 'a' && b[i] <= 'z' || b[i] == '-') {
		name = name.with(b[i])
		i++
	}
	if i == from || i+1 >= len(b) || b[i] != '=' || b[i+1] != '"' {
		return 0
	}
	var k kind
	if i-from <= longestShort {
		k = loadingShort.get(name)
	} else {
		k = kinds[string(b[from:i])]
	}
	i += 2
	n := bytes.IndexByte(b[i:], '"')
	if n < 0 || i+n+1 >= len(b) {
		return 0
	}
	if k != harmless && !(k == linked && link) && (k > css || !local(b[i:i+n], k)) {
		return 0
	}
	return i + n + 1
}

// short is a name of up to eight letters as a number.
type short uint64

const longestShort = 8

func (s short) with(c byte) short { return s<<8 | short(c) }

func shortOf(name string) (s short) {
	for i := range len(name) {
		s = s.with(name[i])
	}
	return s
}

// shorts finds what belongs to a short name. The zero value of T means that it
// is not there.
type shorts[T any] struct {
	names  [256]short
	values [256]T
}

func (t *shorts[T]) slot(name short) int {
	i := uint8(uint64(name) * 0x9e3779b97f4a7c15 >> 56)
	for t.names[i] != 0 && t.names[i] != name {
		i++
	}
	return int(i)
}

func (t *shorts[T]) get(name short) T { return t.values[t.slot(name)] }

func (t *shorts[T]) set(name string, value T) {
	if len(name) <= longestShort {
		i := t.slot(shortOf(name))
		t.names[i], t.values[i] = shortOf(name), value
	}
}

// dull are the elements about which nothing is special in the body of a page.
var dull = func() (t shorts[byte]) {
	for name := range names(`abbr address article aside b bdi bdo br cite code col colgroup dd del details dfn dialog
		div dl dt em fieldset figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd label legend li main mark
		menu nav ol optgroup option p picture pre q rp rt ruby s samp search section small span strong sub summary sup
		table tbody td tfoot th thead time tr u ul var wbr`) {
		t.set(name, 1)
	}
	return t
}()

// loadingShort are the attributes with short names that can make a browser load.
var loadingShort = func() (t shorts[kind]) {
	for name, k := range kinds {
		t.set(name, k)
	}
	return t
}()
