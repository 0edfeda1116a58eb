// The names of the texts of each language.
const LANGUAGES = ["en", "de", "fr", "es", "it", "ja"];
const modules = await Promise.all(LANGUAGES.map((each) => import(`../../stripe_js/frames/texts/${each}.js`)));

export const names = () =>
  Object.fromEntries(LANGUAGES.map((each, place) => [each, Object.keys(modules[place][each.toUpperCase()])]));
