// What a program sees of musegen: music, vocabularies, models, and what is done with them. Matrices,
// kernels, file formats and system calls stay in modules of their own.
@_exported public import Classification
@_exported public import Corpora
@_exported public import Evaluation
@_exported public import struct FileStorage.FileError
@_exported public import Generation
@_exported public import ModelCollection
@_exported public import Modeling
@_exported public import Music
@_exported public import Recurrent
@_exported public import Settings
@_exported public import StandardMIDIFile
@_exported public import Tokenization
@_exported public import Training

#if Downloads
  @_exported public import MusicCollections
#endif

#if Sound
  @_exported public import Playback
#endif
