//go:build sqlserver

package sqldata_test

import "kept/internal/remote/sqldata"

func init() { servers = append(servers, sqldata.SQLServer) }
