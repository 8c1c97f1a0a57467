package policy_test

import (
	"os"
	"testing"
	"time"

	"kept/internal/policy"
)

func TestSmoke(t *testing.T) {
	src, _ := os.ReadFile("../../examples/alleherzen/policy.yaml")
	p, f := policy.Load("policy.yaml", src, policy.Vocabulary{}, time.Now())
	f.Write(os.Stdout)
	t.Log(p.Hash, p.Scope("media"), len(p.Activities))
}
