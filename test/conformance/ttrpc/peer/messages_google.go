//go:build streaming

package main

import (
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// ttrpc 1.2 marshals with Google's protobuf.

type Bytes = wrapperspb.BytesValue

// broken encodes to bytes that are no message: field 1 of five bytes, of which none follow.
func broken() interface{} {
	message := &emptypb.Empty{}
	message.ProtoReflect().SetUnknown([]byte{0x0a, 0x05})
	return message
}
