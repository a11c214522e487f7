/** Tool schemas in the form in which clients and their libraries write them: each has something that some upstream refuses. */
export const CLIENT_TOOL_SCHEMAS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  // Claude Code: zod to JSON Schema, draft 2020-12, everything closed.
  'an edit tool of Claude Code': {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      file_path: { description: 'The absolute path to the file to modify', type: 'string' },
      old_string: { description: 'The text to replace', type: 'string' },
      replace_all: { description: 'Replace all occurrences', default: false, type: 'boolean' },
    },
    required: ['file_path', 'old_string'],
    additionalProperties: false,
  },
  'a question tool of Claude Code': {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      questions: {
        type: 'array',
        minItems: 1,
        maxItems: 4,
        items: {
          type: 'object',
          properties: {
            question: { type: 'string' },
            options: {
              type: 'array',
              minItems: 2,
              uniqueItems: true,
              items: { type: 'object', properties: { label: { type: 'string' } }, required: ['label'] },
            },
          },
          required: ['question', 'options'],
          additionalProperties: false,
        },
      },
      answers: { type: 'object', propertyNames: { type: 'string' }, additionalProperties: { type: 'string' } },
      timeout: { type: 'number', exclusiveMinimum: 0, maximum: 600_000 },
    },
    required: ['questions'],
    additionalProperties: false,
  },
  // Codex: strict mode, all properties required, null for what may be left out.
  'a shell tool of Codex': {
    type: 'object',
    properties: {
      command: { type: 'array', items: { type: 'string' }, description: 'The command to execute' },
      workdir: { type: ['string', 'null'] },
      timeout_ms: { type: ['number', 'null'] },
      sandbox_permissions: { anyOf: [{ type: 'string', enum: ['use_default', 'require_escalated'] }, { type: 'null' }] },
    },
    required: ['command', 'workdir', 'timeout_ms', 'sandbox_permissions'],
    additionalProperties: false,
    strict: true,
  },
  // Gemini CLI: Google's own words, in capitals.
  'a search tool of Gemini CLI': {
    type: 'OBJECT',
    properties: {
      pattern: { type: 'STRING', description: 'A regular expression' },
      limit: { type: 'INTEGER', format: 'int32', minimum: 1 },
      mode: { type: 'STRING', format: 'enum', enum: ['a', 'b'] },
    },
    required: ['pattern'],
  },
  // Cline: MCP tools whose servers were written by hand.
  'an MCP tool written by hand': {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['file', 'folder'] },
      enum: { type: 'string' },
      format: { const: 'json' },
      properties: { type: 'object' },
      items: { type: 'array' },
      required: { type: 'boolean' },
      $ref: { type: 'string' },
      'x-y': {},
    },
    required: ['type', 'enum', 'missing'],
  },
  'an MCP tool without arguments': { type: 'object', properties: {}, additionalProperties: false },
  // pydantic: definitions, titles, defaults, numbers as constants, null by anyOf.
  'an MCP tool of pydantic': {
    $defs: {
      Colour: { enum: ['red', 'green'], title: 'Colour', type: 'string' },
      Point: { properties: { x: { title: 'X', type: 'number' }, y: { title: 'Y', type: 'number' } }, required: ['x', 'y'], title: 'Point', type: 'object' },
      Tree: {
        properties: { value: { type: 'integer' }, children: { items: { $ref: '#/$defs/Tree' }, type: 'array' } },
        required: ['value'],
        title: 'Tree',
        type: 'object',
      },
    },
    properties: {
      colour: { $ref: '#/$defs/Colour', default: 'red', description: 'Of the pen' },
      path: { items: { $ref: '#/$defs/Point' }, minItems: 2, title: 'Path', type: 'array' },
      origin: { anyOf: [{ $ref: '#/$defs/Point' }, { type: 'null' }], default: null },
      pair: { maxItems: 2, minItems: 2, prefixItems: [{ type: 'string' }, { type: 'integer' }], type: 'array' },
      level: { enum: [1, 2, 3], type: 'integer', default: 1 },
      tree: { $ref: '#/$defs/Tree' },
      when: { format: 'date-time', type: 'string' },
      id: { format: 'uuid', type: 'string' },
    },
    required: ['path'],
    title: 'drawArguments',
    type: 'object',
  },
  // zod: discriminated unions, intersections, records, literals.
  'an MCP tool of zod': {
    type: 'object',
    properties: {
      action: {
        oneOf: [
          {
            type: 'object',
            properties: { kind: { type: 'string', const: 'move' }, to: { type: 'string' } },
            required: ['kind', 'to'],
            additionalProperties: false,
          },
          { type: 'object', properties: { kind: { type: 'string', const: 'stop' } }, required: ['kind'], additionalProperties: false },
        ],
      },
      both: {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          { type: 'object', properties: { b: { type: 'number' } }, required: ['b'] },
        ],
      },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
      value: { type: ['string', 'number', 'boolean'] },
      email: { type: 'string', format: 'email', pattern: '^.+@.+$' },
      anything: {},
      nothing: { not: {} },
    },
    required: ['action'],
    additionalProperties: false,
    $schema: 'http://json-schema.org/draft-07/schema#',
  },
  'a root of alternatives': {
    anyOf: [
      { type: 'object', properties: { path: { type: 'string' }, line: { type: 'integer' } }, required: ['path', 'line'] },
      { type: 'object', properties: { path: { type: 'string' }, symbol: { type: 'string' } }, required: ['path', 'symbol'] },
    ],
  },
}
