@_exported public import Downloads
