# The portal without a database of its own: ConnectionStrings__Insights names one (see compose.yaml).
FROM node:22-bookworm-slim AS web
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --loglevel=error
COPY scripts ./scripts
RUN INSIGHTS_PACKAGES_READY=1 bash scripts/prepare.sh web

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
# restored apart, so that a change of code does not fetch the packages again
COPY global.json Directory.*.props BannedSymbols.txt ./
COPY Domain/Domain.csproj Domain/
COPY Infrastructure/Infrastructure.csproj Infrastructure/
COPY Portal/Portal.csproj Portal/
RUN dotnet restore Portal
COPY .editorconfig appsettings.json ./
COPY scripts ./scripts
COPY Domain ./Domain
COPY Infrastructure ./Infrastructure
COPY Portal ./Portal
COPY --from=web /src/Portal/wwwroot/lib ./Portal/wwwroot/lib
RUN dotnet publish Portal -c Release -o /app -p:UseAppHost=false --nologo

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app ./
# /data holds nothing that must live longer than the container; the folder is there for whoever brings PostgreSQL's programs along
RUN mkdir /data && chown app:app /data
ENV ASPNETCORE_HTTP_PORTS= \
    ASPNETCORE_URLS=http://+:8080 \
    Insights__DataDirectory=/data
USER app
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["dotnet", "OpenMeet.Insights.Portal.dll", "health", "http://127.0.0.1:8080"]
ENTRYPOINT ["dotnet", "OpenMeet.Insights.Portal.dll"]
