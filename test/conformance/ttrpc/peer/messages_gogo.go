//go:build !streaming

package main

import "github.com/gogo/protobuf/types"

// ttrpc 1.1 marshals with gogo's protobuf.

type Bytes = types.BytesValue

// broken encodes to bytes that are no message: field 1 of five bytes, of which none follow.
func broken() interface{} { return &raw{0x0a, 0x05} }

type raw []byte

func (*raw) Reset()                     {}
func (*raw) String() string             { return "raw" }
func (*raw) ProtoMessage()              {}
func (r *raw) Marshal() ([]byte, error) { return *r, nil }
