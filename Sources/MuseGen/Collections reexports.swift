@_exported public import Collections
