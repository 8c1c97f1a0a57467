package address

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sort"
	"sync"
)

// packed is made by hand when the source has news, since that is a download:
// see the command countries.
//
//go:embed countries.gz
var packed []byte

// table is the world cut into ranges: range i begins at starts[i] and lies in
// codes[country[i]] until the next begins. IPv6 is cut at /64, IPv4 is counted
// as 32 bits; an unassigned range has the code "".
type table struct {
	codes  []string
	v4, v6 ranges
}

type ranges struct {
	starts  []uint64
	country []uint8
}

var world = sync.OnceValue(func() *table {
	t, err := unpack(packed)
	if err != nil {
		panic(fmt.Sprintf("the embedded country table is broken: %v", err)) // a defect of the build
	}
	return t
})

// Country returns the ISO 3166 code of the country where the network of a is
// registered, "" if nobody says.
func Country(a netip.Addr) string {
	a = plain(a)
	switch {
	case a.Is4():
		b := a.As4()
		return world().find(&world().v4, uint64(binary.BigEndian.Uint32(b[:])))
	case a.Is6():
		b := a.As16()
		return world().find(&world().v6, binary.BigEndian.Uint64(b[:8]))
	}
	return ""
}

func (t *table) find(r *ranges, n uint64) string {
	i := sort.Search(len(r.starts), func(i int) bool { return r.starts[i] > n }) - 1
	if i < 0 {
		return ""
	}
	return t.codes[r.country[i]]
}

// Range is the first address of a range and the country code of all that
// follow, up to the next Range.
type Range struct {
	Start uint64 // IPv4: the address; IPv6: its upper 64 bits
	Code  string
}

// Pack writes the country table: gzip over the codes and, for each version of
// IP, the differences between starts with a code's number each. Ranges come in
// order; neighbours of one country are merged.
func Pack(w io.Writer, v4, v6 []Range) error {
	codes := []string{""}
	for _, r := range append(slices.Clone(v4), v6...) {
		if !slices.Contains(codes, r.Code) {
			codes = append(codes, r.Code)
		}
	}
	slices.Sort(codes)
	if len(codes) > 256 {
		return errors.New("more countries than a byte can number")
	}
	out := binary.AppendUvarint(nil, uint64(len(codes)))
	for _, c := range codes {
		out = append(binary.AppendUvarint(out, uint64(len(c))), c...)
	}
	for _, list := range [][]Range{v4, v6} {
		list = slices.CompactFunc(slices.Clone(list), func(a, b Range) bool { return a.Code == b.Code })
		out = binary.AppendUvarint(out, uint64(len(list)))
		before := uint64(0)
		for _, r := range list {
			i, _ := slices.BinarySearch(codes, r.Code)
			out = append(binary.AppendUvarint(out, r.Start-before), byte(i))
			before = r.Start
		}
	}
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	_, err = z.Write(out)
	return errors.Join(err, z.Close())
}

func unpack(packed []byte) (*table, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	in := bufio.NewReader(z)
	n, err := binary.ReadUvarint(in)
	if err != nil || n > 256 {
		return nil, errors.Join(err, errors.New("no list of codes"))
	}
	t := &table{codes: make([]string, n)}
	for i := range t.codes {
		size, err := binary.ReadUvarint(in)
		if err != nil || size > 8 {
			return nil, errors.Join(err, errors.New("a code is too long"))
		}
		code := make([]byte, size)
		if _, err := io.ReadFull(in, code); err != nil {
			return nil, err
		}
		t.codes[i] = string(code)
	}
	for _, r := range []*ranges{&t.v4, &t.v6} {
		if err := r.read(in, len(t.codes)); err != nil {
			return nil, err
		}
	}
	if _, err := in.ReadByte(); err != io.EOF { // reading to the end is what checks the checksum
		return nil, errors.Join(err, errors.New("there is more than the ranges, or less than all"))
	}
	return t, nil
}

func (r *ranges) read(in *bufio.Reader, codes int) error {
	n, err := binary.ReadUvarint(in)
	if err != nil || n > 1<<22 {
		return errors.Join(err, errors.New("no list of ranges"))
	}
	r.starts, r.country = make([]uint64, n), make([]uint8, n)
	at := uint64(0)
	for i := range r.starts {
		step, err := binary.ReadUvarint(in)
		if err != nil {
			return err
		}
		at += step
		if r.country[i], err = in.ReadByte(); err != nil {
			return err
		}
		if int(r.country[i]) >= codes {
			return errors.New("a range names no code")
		}
		r.starts[i] = at
	}
	return nil
}
