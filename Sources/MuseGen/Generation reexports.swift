@_exported public import Generation
