@_exported public import Playback
