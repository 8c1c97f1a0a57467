package accesslog

import (
	"encoding/binary"
	"hash/maphash"
	"math/rand/v2"
)

// deal deals the numbers of 22 bits out, each once before any comes again, in
// an order that only its seed knows.
type deal struct {
	seed maphash.Seed
	turn uint32
}

func newDeal() deal { return deal{seed: maphash.MakeSeed(), turn: rand.Uint32()} }

const half = 1<<11 - 1

// next returns the number of this turn: the turn's two halves of 11 bits, mixed
// in four rounds that can be undone (a Feistel network), so no two turns meet.
func (d *deal) next() uint32 {
	d.turn++
	left, right := d.turn>>11&half, d.turn&half
	for round := range uint32(4) {
		var b [8]byte
		binary.LittleEndian.PutUint32(b[:], round)
		binary.LittleEndian.PutUint32(b[4:], right)
		left, right = right, left^uint32(maphash.Bytes(d.seed, b[:]))&half
	}
	return left<<11 | right
}
