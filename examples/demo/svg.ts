import * as vega from 'vega';
import * as vegaLite from 'vega-lite';

/** Okabe and Ito's palette, which colour-blind readers can tell apart. */
export const PALETTE = [
  '#0072B2',
  '#E69F00',
  '#009E73',
  '#CC79A7',
  '#D55E00',
  '#56B4E9',
  '#F0E442',
  '#000000',
] as const;
export const MUTED = '#B8BEC6';
export const INK = '#1F2933';

const FONT = "'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif";
const CONFIG: vegaLite.Config = {
  background: 'white',
  padding: 16,
  font: FONT,
  title: { fontSize: 15, fontWeight: 600, color: INK, offset: 12, subtitleFontSize: 12 },
  axis: {
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelColor: INK,
    titleColor: INK,
    gridColor: '#E8EBEF',
  },
  legend: {
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titleLimit: 260,
    labelColor: INK,
    titleColor: INK,
    symbolSize: 90,
  },
  view: { stroke: '#D5DAE1' },
};

/** The SVG text of a Vega-Lite chart, without a DOM. */
export async function toSvg(chart: vegaLite.TopLevelSpec): Promise<string> {
  const { spec } = vegaLite.compile({ ...chart, config: CONFIG } as vegaLite.TopLevelSpec);
  const view = new vega.View(vega.parse(spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return shortened(svg);
}

/** A hundredth of a pixel is enough, and nothing listens to events in a file. */
function shortened(svg: string): string {
  return svg
    .replaceAll(/ (d|transform|[xy][12]?|width|height)="[^"]*"/g, (attribute) =>
      attribute.replaceAll(/-?\d+\.\d{3,}/g, (number) => String(Number(Number(number).toFixed(2)))),
    )
    .replaceAll(' pointer-events="none"', '');
}
