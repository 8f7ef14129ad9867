package view

// DecodeAny reads a document of any form.
var DecodeAny = decodeAny
