@_exported public import Music
