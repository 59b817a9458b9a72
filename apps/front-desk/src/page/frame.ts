import { html } from 'hono/html'

export type Markup = ReturnType<typeof html>

export interface Frame {
  readonly title: string
  /** The address of the one script of the page. */
  readonly script: string
  /** Of the body; begins with a space. */
  readonly attributes: Markup
  readonly content: Markup
}

/** A whole page. `html` escapes whatever stands in the braces. */
export function frame({ title, script, attributes, content }: Frame): Markup {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title}</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/page.css">
  <script src="${script}" defer></script>
</head>
<body${attributes}>${content}
</body>
</html>`
}
