import { type Static, Type } from '../../core/index.ts'

const text = Type.String({ minLength: 1 })

/**
 * One Kiro account's secret (`kiro.md` §2). Which members are needed depends on `kind`; the importer checks.
 * The OIDC client pair belongs to the refresh token: both are replaced together or not at all.
 */
export const KiroCredential = Type.Object(
  {
    kind: Type.Union([Type.Literal('social'), Type.Literal('builder-id'), Type.Literal('idc'), Type.Literal('external-idp'), Type.Literal('api-key')]),
    accessToken: Type.Optional(text),
    refreshToken: Type.Optional(text),
    /** Wall clock, milliseconds; absent: unknown, so refresh before first use. */
    expiresAt: Type.Optional(Type.Number()),
    /** Used as the bearer token itself; never refreshed. */
    apiKey: Type.Optional(text),
    clientId: Type.Optional(text),
    clientSecret: Type.Optional(text),
    /** SSO region: OIDC calls only. */
    authRegion: Type.Optional(text),
    /** Overrides the region of data and control plane. */
    apiRegion: Type.Optional(text),
    startUrl: Type.Optional(text),
    /** External identity provider. */
    tokenEndpoint: Type.Optional(text),
    issuerUrl: Type.Optional(text),
    scopes: Type.Optional(text),
    /** `Google`, `Github`, `BuilderId`, `Enterprise`: as the source says it. */
    identityProvider: Type.Optional(text),
    profileArn: Type.Optional(text),
    /** Members that we do not know, kept for whoever wrote them. */
    rest: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { additionalProperties: false },
)

export type KiroCredential = Static<typeof KiroCredential>
export type KiroCredentialKind = KiroCredential['kind']
