package dataset

import (
	"testing"

	"kept/internal/clock"
	"kept/internal/egress"
	"kept/internal/fault"
)

func TestMongoDBIsConnectedOrRefusedInWords(t *testing.T) {
	found, findings := ReadConnections("c.yml", []byte("connections:\n  wiki: {kind: mongodb, hosts: [a, \"b:2\"], set: rs, database: wiki, tls: off}"))
	if len(findings) > 0 {
		t.Fatal(all(findings))
	}
	systems, err := Connect(found, nil, egress.Bare(), clock.System)
	if err != nil && !fault.Is(err, fault.Invalid) {
		t.Fatal(err)
	}
	for _, s := range systems {
		s.Source.Close()
	}
}
