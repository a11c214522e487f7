import { objectOf, textOf } from '../json.ts'
import { imageFormat, pngSize } from './image-bytes.ts'
import { firstComplaint, type Inquiry, type Rule } from './rule.ts'

const FORMATS = ['png', 'jpeg', 'gif', 'webp']
const BASE64_LIMIT = 5_242_880
const MANY_IMAGES = 20
const MANY_IMAGES_SIDE = 2000

interface Image {
  readonly format: string
  readonly bytes: string
}

/** Rules about pictures, those of the whole history included: the service checks them again on every turn. */
export const imageRules: readonly Rule[] = [
  {
    name: 'image-format',
    error: 'request-body-invalid',
    violation: inquiry => eachImage(inquiry, ({ format }) => (FORMATS.includes(format) ? undefined : `format ${format}`)),
  },
  {
    name: 'image-bytes',
    error: 'request-body-invalid',
    violation: inquiry => eachImage(inquiry, ({ bytes }) => (/^[A-Za-z0-9+/]+={0,2}$/.test(bytes) ? undefined : 'source.bytes is not base64')),
  },
  {
    name: 'image-size',
    error: 'image-too-large',
    violation: inquiry => eachImage(inquiry, ({ bytes }) => (bytes.length > BASE64_LIMIT ? `${bytes.length} characters of base64` : undefined)),
  },
  {
    name: 'image-mime',
    error: 'image-mime-mismatch',
    violation: inquiry =>
      eachImage(inquiry, ({ format, bytes }) => {
        const actual = imageFormat(bytes)
        return actual === undefined || actual === format ? undefined : `${actual} declared as ${format}`
      }),
  },
  {
    name: 'image-dimensions',
    error: 'image-dimensions',
    violation: inquiry => {
      if (imagesOf(inquiry).length <= MANY_IMAGES) return undefined
      return eachImage(inquiry, ({ bytes }) => {
        const size = pngSize(bytes)
        return size !== undefined && Math.max(size.width, size.height) > MANY_IMAGES_SIDE ? `${size.width}×${size.height}` : undefined
      })
    },
  },
]

function imagesOf({ generation }: Inquiry): readonly Image[] {
  return generation.turns.flatMap(turn =>
    turn.role !== 'user'
      ? []
      : turn.images.map(image => {
          const { format, source } = objectOf(image)
          return { format: textOf(format) ?? '', bytes: textOf(objectOf(source).bytes) ?? '' }
        }),
  )
}

function eachImage(inquiry: Inquiry, complaint: (image: Image) => string | undefined): string | undefined {
  return firstComplaint(imagesOf(inquiry), (image, index) => {
    const found = complaint(image)
    return found === undefined ? undefined : `image ${index}: ${found}`
  })
}
