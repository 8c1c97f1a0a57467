package pdf

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync"

	"golang.org/x/image/font/gofont/goregular"
)

// The fonts that every reader has end with Western Europe. The letters of its
// neighbours, Greek and Cyrillic stand in the Go font (BSD licence), of which a document
// gets the glyphs that it uses.

// trueType is a font file: the tables by name, and what is read of them.
type trueType struct {
	tables map[string][]byte
	glyphs map[rune]uint16
	unit   int // of the em square
	wide   int // how many glyphs have a width of their own
	long   bool
}

// wide is the font, read when a document first needs it.
var wide = sync.OnceValue(func() *trueType { return readTrueType(goregular.TTF) })

var order = binary.BigEndian

// readTrueType reads a font that came with the program.
func readTrueType(file []byte) *trueType {
	t := &trueType{tables: map[string][]byte{}, glyphs: map[rune]uint16{}}
	for i := range int(order.Uint16(file[4:])) {
		at := file[12+16*i:]
		begin, length := order.Uint32(at[8:]), order.Uint32(at[12:])
		t.tables[string(at[:4])] = file[begin : begin+length]
	}
	t.unit = int(order.Uint16(t.tables["head"][18:]))
	t.long = order.Uint16(t.tables["head"][50:]) == 1
	t.wide = int(order.Uint16(t.tables["hhea"][34:]))
	t.readGlyphs()
	return t
}

// readGlyphs reads the table of characters (format 4).
func (t *trueType) readGlyphs() {
	all := t.tables["cmap"]
	for i := range int(order.Uint16(all[2:])) {
		m := all[order.Uint32(all[4+8*i+4:]):]
		if order.Uint16(m) != 4 {
			continue
		}
		n := int(order.Uint16(m[6:]))
		ends, starts, deltas, offsets := m[14:], m[16+n:], m[16+2*n:], m[16+3*n:]
		for s := 0; s < n; s += 2 {
			for c := int(order.Uint16(starts[s:])); c <= int(order.Uint16(ends[s:])) && c < 0xffff; c++ {
				g := uint16(c)
				if offset := int(order.Uint16(offsets[s:])); offset != 0 {
					if g = order.Uint16(offsets[s+offset+2*(c-int(order.Uint16(starts[s:]))):]); g == 0 {
						continue
					}
				}
				if g += order.Uint16(deltas[s:]); g != 0 {
					t.glyphs[rune(c)] = g
				}
			}
		}
		return
	}
}

// width is how wide a glyph is, in thousandths of the size.
func (t *trueType) width(g uint16) int {
	at := min(int(g), t.wide-1)
	return int(order.Uint16(t.tables["hmtx"][4*at:])) * 1000 / t.unit
}

// outline is the drawing of a glyph, empty for a space.
func (t *trueType) outline(g uint16) []byte {
	loca, at := t.tables["loca"], int(g)
	if t.long {
		return t.tables["glyf"][order.Uint32(loca[4*at:]):order.Uint32(loca[4*at+4:])]
	}
	return t.tables["glyf"][2*int(order.Uint16(loca[2*at:])) : 2*int(order.Uint16(loca[2*at+2:]))]
}

// The bits of a part of a glyph that is made of others (OpenType, glyf).
const (
	wordArguments = 1 << 0
	aScale        = 1 << 3
	moreParts     = 1 << 5
	twoScales     = 1 << 6
	twoByTwo      = 1 << 7
)

// parts are the glyphs that one is made of.
func (t *trueType) parts(g uint16) (parts []uint16) {
	d := t.outline(g)
	if len(d) < 10 || int16(order.Uint16(d)) >= 0 {
		return nil
	}
	for d = d[10:]; ; {
		flags := order.Uint16(d)
		parts = append(parts, order.Uint16(d[2:]))
		size := 6
		if flags&wordArguments != 0 {
			size += 2
		}
		switch {
		case flags&aScale != 0:
			size += 2
		case flags&twoScales != 0:
			size += 4
		case flags&twoByTwo != 0:
			size += 8
		}
		if d = d[size:]; flags&moreParts == 0 {
			return parts
		}
	}
}

// with returns a font file that draws some glyphs only, under the numbers they have.
func (t *trueType) with(some []uint16) []byte {
	draws := map[uint16]bool{0: true}
	for todo := slices.Clone(some); len(todo) > 0; todo = todo[1:] {
		if g := todo[0]; !draws[g] {
			draws[g] = true
			todo = append(todo, t.parts(g)...)
		}
	}
	var glyf, loca bytes.Buffer
	for g := range int(order.Uint16(t.tables["maxp"][4:])) {
		_ = binary.Write(&loca, order, uint32(glyf.Len())) // into memory
		if draws[uint16(g)] {
			glyf.Write(t.outline(uint16(g)))
			glyf.Write(make([]byte, -glyf.Len()&3))
		}
	}
	_ = binary.Write(&loca, order, uint32(glyf.Len()))
	head := slices.Clone(t.tables["head"])
	order.PutUint16(head[50:], 1) // loca is in long form
	return fileOf([]table{
		{"cvt ", t.tables["cvt "]}, {"fpgm", t.tables["fpgm"]}, {"glyf", glyf.Bytes()}, {"head", head}, {"hhea", t.tables["hhea"]},
		{"hmtx", t.tables["hmtx"]}, {"loca", loca.Bytes()}, {"maxp", t.tables["maxp"]}, {"prep", t.tables["prep"]},
	})
}

type table struct {
	name string
	data []byte
}

// fileOf writes a font file of tables, which are sorted by name.
func fileOf(all []table) []byte {
	var head, body bytes.Buffer
	put := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&head, order, v) // into memory
		}
	}
	power := uint16(1)
	for 2*int(power) <= len(all) {
		power *= 2
	}
	log := uint16(0)
	for p := power; p > 1; p /= 2 {
		log++
	}
	put(uint32(0x00010000), uint16(len(all)), power*16, log, uint16(len(all))*16-power*16)
	begin := 12 + 16*len(all)
	for _, t := range all {
		head.WriteString(t.name)
		put(sum(t.data), uint32(begin+body.Len()), uint32(len(t.data)))
		body.Write(t.data)
		body.Write(make([]byte, -body.Len()&3))
	}
	return append(head.Bytes(), body.Bytes()...)
}

// sum is the check sum of a table.
func sum(data []byte) (s uint32) {
	for i := 0; i < len(data); i += 4 {
		var word [4]byte
		copy(word[:], data[i:])
		s += order.Uint32(word[:])
	}
	return s
}
