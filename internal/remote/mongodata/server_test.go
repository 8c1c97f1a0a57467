package mongodata

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// server speaks as much of MongoDB's wire protocol (OP_MSG, opcode 2013) as these
// tests need, over documents in memory.
type server struct {
	t    *testing.T
	l    net.Listener
	mu   sync.Mutex
	docs map[string][]bson.D
	says []string // further hosts that it claims
	ran  []string // commands
}

func serve(t *testing.T) *server {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, l: l, docs: map[string][]bson.D{}}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	return s
}

func (s *server) talk(c net.Conn) {
	defer c.Close()
	for {
		head := make([]byte, 16)
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		body := make([]byte, binary.LittleEndian.Uint32(head)-16)
		if _, err := io.ReadFull(c, body); err != nil {
			return
		}
		opcode := binary.LittleEndian.Uint32(head[12:])
		var command bson.D
		if opcode == 2004 { // OP_QUERY, the first hello
			rest := body[4:]
			rest = rest[slices.Index(rest, 0)+1+8:]
			if bson.Unmarshal(rest, &command) != nil {
				return
			}
		} else {
			command = message(body)
		}
		s.mu.Lock()
		answer := s.answer(command)
		s.mu.Unlock()
		out, err := bson.Marshal(answer)
		if err != nil {
			return
		}
		var frame []byte
		if opcode == 2004 { // OP_REPLY
			frame = append(append([]byte{1, 0, 0, 0}, head[4:8]...), 1, 0, 0, 0)
			frame = append(frame, make([]byte, 20)...)
			binary.LittleEndian.PutUint32(frame[28:], 1)
			frame = append(frame, out...)
		} else {
			frame = append(append([]byte{1, 0, 0, 0}, head[4:8]...), 0xdd, 7, 0, 0, 0, 0, 0, 0, 0)
			frame = append(frame, out...)
		}
		size := binary.LittleEndian.AppendUint32(nil, uint32(len(frame)+4))
		if _, err := c.Write(append(size, frame...)); err != nil {
			return
		}
	}
}

// message reads the sections of OP_MSG; a sequence of documents becomes a list of
// its name.
func message(body []byte) (command bson.D) {
	lists := map[string]bson.A{}
	for rest := body[4:]; len(rest) > 4; {
		kind := rest[0]
		rest = rest[1:]
		size := binary.LittleEndian.Uint32(rest)
		section := rest[:size]
		rest = rest[size:]
		if kind == 0 {
			bson.Unmarshal(section, &command)
			continue
		}
		section = section[4:]
		end := slices.Index(section, 0)
		name := string(section[:end])
		for docs := section[end+1:]; len(docs) > 0; {
			n := binary.LittleEndian.Uint32(docs)
			var d bson.D
			bson.Unmarshal(docs[:n], &d)
			lists[name] = append(lists[name], d)
			docs = docs[n:]
		}
	}
	for name, list := range lists {
		command = append(command, bson.E{Key: name, Value: list})
	}
	return command
}

func get(d bson.D, key string) any {
	for _, e := range d {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

func (s *server) answer(c bson.D) bson.D {
	name, _ := c[0].Value.(string)
	s.ran = append(s.ran, c[0].Key)
	fold := get(c, "collation") != nil
	fine := bson.E{Key: "ok", Value: 1.0}
	switch strings.ToLower(c[0].Key) {
	case "hello", "ismaster":
		hosts := bson.A{s.l.Addr().String()}
		for _, h := range s.says {
			hosts = append(hosts, h)
		}
		d := bson.D{{Key: "ismaster", Value: true}, {Key: "isWritablePrimary", Value: true}, {Key: "maxBsonObjectSize", Value: int32(1 << 24)}, {Key: "maxMessageSizeBytes", Value: int32(48000000)},
			{Key: "maxWriteBatchSize", Value: int32(100000)}, {Key: "minWireVersion", Value: int32(0)}, {Key: "maxWireVersion", Value: int32(21)}, fine}
		if s.says != nil {
			d = append(d, bson.E{Key: "setName", Value: "rs"}, bson.E{Key: "hosts", Value: hosts}, bson.E{Key: "me", Value: s.l.Addr().String()}, bson.E{Key: "primary", Value: s.l.Addr().String()})
		}
		return d
	case "listcollections":
		var found bson.A
		for _, n := range sorted(s.docs) {
			found = append(found, bson.D{{Key: "name", Value: n}, {Key: "type", Value: "collection"}})
		}
		return bson.D{cursor("$cmd.listCollections", found), fine}
	case "find":
		filter, _ := get(c, "filter").(bson.D)
		projection, _ := get(c, "projection").(bson.D)
		var found bson.A
		for _, d := range s.docs[name] {
			if matches(d, filter, fold) {
				found = append(found, project(d, projection))
			}
		}
		return bson.D{cursor(name, found), fine}
	case "aggregate":
		stages := get(c, "pipeline").(bson.A)
		filter, _ := get(stages[0].(bson.D), "$match").(bson.D)
		n := 0
		for _, d := range s.docs[name] {
			if matches(d, filter, fold) {
				n++
			}
		}
		return bson.D{cursor(name, bson.A{bson.D{{Key: "n", Value: int32(n)}}}), fine}
	case "delete":
		n := 0
		for _, x := range get(c, "deletes").(bson.A) {
			q, _ := get(x.(bson.D), "q").(bson.D)
			folded := get(x.(bson.D), "collation") != nil
			s.docs[name] = slices.DeleteFunc(s.docs[name], func(d bson.D) bool {
				hit := matches(d, q, folded)
				if hit {
					n++
				}
				return hit
			})
		}
		return bson.D{{Key: "n", Value: int32(n)}, fine}
	case "update":
		n := 0
		for _, x := range get(c, "updates").(bson.A) {
			q, _ := get(x.(bson.D), "q").(bson.D)
			set := get(get(x.(bson.D), "u").(bson.D), "$set").(bson.D)
			for i, d := range s.docs[name] {
				if !matches(d, q, false) {
					continue
				}
				n++
				for _, e := range set {
					at := slices.IndexFunc(d, func(x bson.E) bool { return x.Key == e.Key })
					if at < 0 {
						d = append(d, e)
						continue
					}
					d[at] = e
				}
				s.docs[name][i] = d
				break
			}
		}
		return bson.D{{Key: "n", Value: int32(n)}, {Key: "nModified", Value: int32(n)}, fine}
	case "ping", "endsessions":
		return bson.D{fine}
	}
	return bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(59)}, {Key: "errmsg", Value: "no such command: " + c[0].Key}}
}

func cursor(ns string, found bson.A) bson.E {
	if found == nil {
		found = bson.A{}
	}
	return bson.E{Key: "cursor", Value: bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: "test." + ns}, {Key: "firstBatch", Value: found}}}
}

func project(d, projection bson.D) bson.D {
	if len(projection) == 0 {
		return d
	}
	var kept bson.D
	for _, e := range d {
		if v := get(projection, e.Key); v == int32(1) {
			kept = append(kept, e)
		}
	}
	return kept
}

// matches knows $and, $or, $in below a dotted path, as the client writes them.
func matches(d, filter bson.D, fold bool) bool {
	for _, e := range filter {
		switch e.Key {
		case "$and", "$or":
			hits := 0
			for _, x := range e.Value.(bson.A) {
				if matches(d, x.(bson.D), fold) {
					hits++
				}
			}
			if e.Key == "$and" && hits < len(e.Value.(bson.A)) || hits == 0 {
				return false
			}
		default:
			wanted := e.Value.(bson.D)[0].Value.(bson.A)
			if !slices.ContainsFunc(reach(d, strings.Split(e.Key, ".")), func(v any) bool {
				return slices.ContainsFunc(wanted, func(w any) bool { return equal(v, w, fold) })
			}) {
				return false
			}
		}
	}
	return true
}

func reach(v any, path []string) []any {
	if list, ok := v.(bson.A); ok {
		var all []any
		for _, x := range list {
			all = append(all, reach(x, path)...)
		}
		return all
	}
	if len(path) == 0 {
		return []any{v}
	}
	if d, ok := v.(bson.D); ok {
		return reach(get(d, path[0]), path[1:])
	}
	return nil
}

func equal(a, b any, fold bool) bool {
	if x, ok := a.(int32); ok {
		a = int64(x)
	}
	x, text := a.(string)
	y, texts := b.(string)
	if fold && text && texts {
		return strings.EqualFold(x, y)
	}
	return fmt.Sprintf("%T %v", a, a) == fmt.Sprintf("%T %v", b, b)
}

func sorted(m map[string][]bson.D) []string {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
