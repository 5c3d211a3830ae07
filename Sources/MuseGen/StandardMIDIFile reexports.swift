@_exported public import StandardMIDIFile
